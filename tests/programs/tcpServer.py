"""Answers one TCP client in CAPITALS. Argument: the port, or 0 for any free one, which is then printed."""
import sys
from socket import *

server = socket(AF_INET, SOCK_STREAM)
server.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
server.bind(("127.0.0.1", int(sys.argv[1])))
server.listen(1)
print(server.getsockname()[1], flush=True)
conn, peer = server.accept()
while data := conn.recv(1024):
    conn.sendall(data.upper())
conn.close()
server.close()
