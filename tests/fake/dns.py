"""A DNS server on loopback, UDP and TCP, that says what a test wants: zone[name, type] = [text, ...].

type is TXT, MX ("10 host"), A or PTR. A name in `failing` is answered with SERVFAIL, one in `silent` never.
An answer over 512 bytes goes out cut (TC), so that the question comes again over TCP.
"""
import ipaddress
import socket
import struct
import threading

TYPES = {"A": 1, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28}


def name_bytes(name):
    out = b""
    for label in name.strip(".").split("."):
        if label:
            out += bytes([len(label)]) + label.encode()
    return out + b"\0"


def data_bytes(kind, text):
    if kind == "TXT":
        raw = text.encode()
        return b"".join(bytes([len(raw[i:i + 255])]) + raw[i:i + 255] for i in range(0, len(raw), 255)) or b"\0"
    if kind == "MX":
        preference, host = text.split()
        return struct.pack("!H", int(preference)) + name_bytes(host)
    if kind in ("A", "AAAA"):
        return ipaddress.ip_address(text).packed
    return name_bytes(text)


class Server:
    def __init__(self):
        self.zone, self.failing, self.silent, self.asked = {}, set(), set(), []
        while True:  # one port that is free for both
            self.tcp = socket.create_server(("127.0.0.1", 0))
            self.port = self.tcp.getsockname()[1]
            self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            try:
                self.udp.bind(("127.0.0.1", self.port))
                break
            except OSError:
                self.tcp.close()
                self.udp.close()
        for work in (self.serve_udp, self.serve_tcp):
            threading.Thread(target=work, daemon=True).start()

    def answer(self, q, limit):
        at, labels = 12, []
        while q[at]:
            labels.append(q[at + 1:at + 1 + q[at]].decode("latin-1"))
            at += q[at] + 1
        kind = {v: k for k, v in TYPES.items()}.get(struct.unpack("!H", q[at + 1:at + 3])[0], "?")
        question, name = q[12:at + 5], ".".join(labels).lower()
        self.asked.append((name, kind, "udp" if limit else "tcp"))
        if name in self.silent:
            return None
        values = self.zone.get((name, kind), [])
        known = any(n == name for n, _ in self.zone)
        code = 2 if name in self.failing else 0 if known else 3
        body = b"".join(b"\xc0\x0c" + struct.pack("!HHIH", TYPES[kind], 1, 60, len(d)) + d
                        for d in (data_bytes(kind, v) for v in values))
        flags, count = 0x8580 | code, len(values)
        if limit and 12 + len(question) + len(body) > limit:
            flags, count, body = flags | 0x0200, 0, b""
        return q[:2] + struct.pack("!HHHHH", flags, 1, count, 0, 0) + question + body

    def serve_udp(self):
        while True:
            try:
                q, peer = self.udp.recvfrom(4096)
                a = self.answer(q, 512)
                if a is not None:
                    self.udp.sendto(a, peer)
            except OSError:
                return

    def serve_tcp(self):
        while True:
            try:
                s, _ = self.tcp.accept()
                with s:
                    s.settimeout(5)
                    n, = struct.unpack("!H", s.recv(2))
                    a = self.answer(s.recv(n), 0)
                    if a is not None:
                        s.sendall(struct.pack("!H", len(a)) + a)
            except (OSError, struct.error):
                if self.tcp.fileno() < 0:
                    return

    def close(self):
        self.udp.close()
        self.tcp.close()
