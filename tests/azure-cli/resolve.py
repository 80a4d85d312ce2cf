"""Prints the A records that a DNS server gives for a name: resolve.py NAME SERVER:PORT. For machines without dig."""

import socket
import struct
import sys

A, IN = 1, 1


def skip_name(message: bytes, at: int) -> int:
    """Where the name that begins at `at` ends. A pointer (RFC 1035, 4.1.4) is always its last part."""
    while message[at] & 0xC0 != 0xC0:
        if message[at] == 0:
            return at + 1
        at += 1 + message[at]
    return at + 2


def addresses(message: bytes) -> list[str]:
    questions, answers = struct.unpack_from(">HH", message, 4)
    at = 12
    for _ in range(questions):
        at = skip_name(message, at) + 4
    found = []
    for _ in range(answers):
        at = skip_name(message, at)
        record_type, _, _, length = struct.unpack_from(">HHIH", message, at)
        at += 10
        if record_type == A:
            found.append(socket.inet_ntoa(message[at : at + length]))
        at += length
    return found


def main(name: str, server: str) -> None:
    host, _, port = server.rpartition(":")
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.rstrip(".").split("."))
    query = struct.pack(">HHHHHH", 1, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">HH", A, IN)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as connection:
        connection.settimeout(5)
        connection.sendto(query, (host, int(port)))
        print("\n".join(addresses(connection.recv(4096))))


if __name__ == "__main__":
    main(*sys.argv[1:])
