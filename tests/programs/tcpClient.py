"""Sends a line to a TCP server and prints the reply. Argument: the server's port."""
import sys
from socket import *

client = socket(AF_INET, SOCK_STREAM)
client.connect(("127.0.0.1", int(sys.argv[1])))
client.sendall(b"hello from python")
client.shutdown(SHUT_WR)
reply = b""
while data := client.recv(1024):
    reply += data
client.close()
print(reply.decode())
