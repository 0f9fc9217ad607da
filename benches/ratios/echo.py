"""Sends bytes to an echo server and waits for each to come back; prints the nanoseconds that one turn takes.

What benches/ratios/echo.rs measures CPython by, with and without strace: python3 echo.py PORT SIZE TURNS
"""

import socket
import sys
import time

port, size, turns = (int(word) for word in sys.argv[1:])
message = b"x" * size
with socket.create_connection(("127.0.0.1", port)) as client:
    begin = time.perf_counter_ns()
    for _ in range(turns):
        client.send(message)
        client.recv(1024)
    print((time.perf_counter_ns() - begin) / turns)
