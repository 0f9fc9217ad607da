"""Answers one datagram in CAPITALS. Argument: the port, or 0 for any free one, which is then printed."""
import sys
from socket import *

server = socket(AF_INET, SOCK_DGRAM)
server.bind(("127.0.0.1", int(sys.argv[1])))
print(server.getsockname()[1], flush=True)
data, address = server.recvfrom(2048)
server.sendto(data.upper(), address)
server.close()
