#!/usr/bin/python3
"""The client that the course starts from, with all its faults."""
import socket

ADDRESS = "./uds_socket3.txt"

while True:
    # It connects first, and then asks what to send.
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.connect(ADDRESS)
    text = input("what to send: ")
    connection.send(text.encode())
    data = connection.recv(1024)
    print("the server replied: %s" % data.decode())
    # Not closed: it lives until its name is used again.
