"""What Python's select says of sockets in many situations: a line each, `situation: rwx` of what is ready."""
from select import select
from socket import *


def tell(situation, watched):
    readable, writable, failed = select([watched], [watched], [watched], 0.5)
    ready = ("r" if readable else "") + ("w" if writable else "") + ("x" if failed else "")
    print(f"{situation}: {ready}", flush=True)


def connection():
    listener = socket(AF_INET, SOCK_STREAM)
    listener.bind(("127.0.0.1", 0))
    listener.listen(5)
    client = socket(AF_INET, SOCK_STREAM)
    client.connect(listener.getsockname())
    conn, _ = listener.accept()
    return listener, client, conn


# Each is known to be there: the call asked for it before returns only then.
listener, client, conn = connection()
tell("connected", conn)
client.send(b"hello")
conn.recv(1)
tell("bytes wait", conn)
tell("nobody queued", listener)

listener, client, conn = connection()
client.close()
conn.recv(1)
tell("the other end has finished", conn)

listener, client, conn = connection()
conn.send(b"unread")
client.recv(1)
client.close()
try:
    conn.recv(1)
except ConnectionResetError:
    pass
tell("reset and told", conn)

listener, client, conn = connection()
conn.shutdown(SHUT_RD)
tell("own shutdown(RD)", conn)

listener, client, conn = connection()
conn.shutdown(SHUT_WR)
tell("own shutdown(WR)", conn)

listener, client, conn = connection()
conn.setblocking(False)
try:
    while True:
        conn.send(b"A" * 100000)
except BlockingIOError:
    pass
tell("send buffer full", conn)

tell("new tcp", socket(AF_INET, SOCK_STREAM))

udp = socket(AF_INET, SOCK_DGRAM)
tell("new udp", udp)
udp.bind(("127.0.0.1", 0))
tell("bound udp", udp)
udp.sendto(b"", udp.getsockname())
tell("an empty datagram waits", udp)
