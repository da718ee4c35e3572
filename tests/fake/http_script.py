"""A web server that plays a script: for each path a list of answers, given one after the other, the last
one for ever. An answer is bytes put on the wire as they are, or a function of the connection. It writes down
every request with its headers."""
import gzip
import socket
import threading
import time
import zlib


def answer(body=b"", status=200, reason="OK", length=True, **headers):
    """A whole response; header names with _ for -."""
    if isinstance(body, str):
        body = body.encode()
    lines = [f"HTTP/1.1 {status} {reason}"]
    for name, value in headers.items():
        for v in value if isinstance(value, list) else [value]:
            lines.append(f"{name.replace('_', '-')}: {v}")
    if length:
        lines.append(f"Content-Length: {len(body)}")
    lines.append("Connection: close")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def gzipped(body, **headers):
    return answer(gzip.compress(body.encode() if isinstance(body, str) else body), Content_Encoding="gzip", **headers)


def gzip_bomb(megabytes):
    c = zlib.compressobj(9, zlib.DEFLATED, 31)
    packed = b"".join(c.compress(bytes(1 << 20)) for _ in range(megabytes)) + c.flush()
    return answer(packed, Content_Encoding="gzip", Content_Type="application/rss+xml")


def endless(conn):
    conn.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nConnection: close\r\n\r\n<rss><channel>")
    while True:
        conn.sendall(b"<item><title>and on</title></item>" * 1000)


def endless_headers(conn):
    conn.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        conn.sendall(b"X-More: of the same\r\n" * 1000)


def dripping_header(conn):
    conn.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    for _ in range(200):
        conn.sendall(b"x")
        time.sleep(0.1)


def chunked(body):
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n" + body


def drip(conn):
    conn.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 100000\r\n\r\n")
    for _ in range(200):
        conn.sendall(b"<")
        time.sleep(0.1)


def silent(conn):
    time.sleep(20)


def hang_up(conn):
    conn.close()


class Script:
    def __init__(self, address="127.0.0.1", port=0):
        self.answers = {}
        self.requests = []  # (path, headers in lower case, time)
        self.most_at_once = 0
        self.now_open = 0
        self.lock = threading.Lock()
        self.sock = socket.create_server((address, port))
        self.port = self.sock.getsockname()[1]
        self.address = address
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        while True:
            try:
                conn, _ = self.sock.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(conn,), daemon=True).start()

    def serve(self, conn):
        with self.lock:
            self.now_open += 1
            self.most_at_once = max(self.most_at_once, self.now_open)
        try:
            conn.settimeout(20)
            data = b""
            while b"\r\n\r\n" not in data:
                part = conn.recv(65536)
                if not part:
                    return
                data += part
            head = data.split(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
            path = head[0].split(" ")[1]
            headers = {k.lower(): v for k, v in (line.split(": ", 1) for line in head[1:] if ": " in line)}
            with self.lock:
                self.requests.append((path, headers, time.monotonic()))
                script = self.answers.get(path, [answer("nothing here", 404, "Not Found")])
                say = script.pop(0) if len(script) > 1 else script[0]
            if callable(say):
                say(conn)
            else:
                conn.sendall(say)
        except OSError:
            pass
        finally:
            with self.lock:
                self.now_open -= 1
            conn.close()

    def put(self, path, *answers):
        self.answers[path] = list(answers)

    def url(self, path, host=None):
        return f"http://{host or self.address}:{self.port}{path}"

    def close(self):
        self.sock.close()
