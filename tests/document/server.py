#!/usr/bin/python3
"""The server that the course starts from, with all its faults."""
import os
import socket

ADDRESS = "./uds_socket3.txt"

while True:
    # Whatever stands there goes.
    if os.path.exists(ADDRESS):
        os.unlink(ADDRESS)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(ADDRESS)
    listener.listen(128)
    peer, peer_address = listener.accept()
    print("client %s:%s has connected" % (peer, peer_address))
    data = peer.recv(1024)
    print("data received:", data.decode())
    peer.send("thank you!\n".encode())
    # Neither socket is closed: each lives until its name is used again.
