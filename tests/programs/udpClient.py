"""Sends a datagram to a UDP server and prints the reply. Argument: the server's port."""
import sys
from socket import *

client = socket(AF_INET, SOCK_DGRAM)
client.settimeout(60)
client.sendto(b"hello from python", ("127.0.0.1", int(sys.argv[1])))
reply, server = client.recvfrom(2048)
client.close()
print(reply.decode())
