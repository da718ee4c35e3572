"""An IMAP server on loopback that misbehaves to order: one session after another, in clear or with TLS."""
import base64
import re
import socket
import ssl
import threading
import time

LOGIN, FETCH, SELECT = "LOGIN", "FETCH", "SELECT"


class Server:
    """messages: bytes of each, UIDs from 1. fault: what goes wrong; see FAULTS."""

    def __init__(self, messages=(), fault=None, at=None, cert=None, key=None, uidvalidity=7,
                 offers="SASL-IR AUTH=PLAIN", credentials=None):
        self.messages, self.fault, self.at = list(messages), fault, at
        self.uidvalidity = uidvalidity
        self.refusal = None             # what a "no" says
        self.offers = offers            # ways to log in
        self.credentials = credentials  # a mechanism and what it must bring; None: anything will do
        self.lines = []  # what clients said
        self.tls = None
        if cert is not None:
            self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.tls.load_cert_chain(cert, key)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.open = True
        threading.Thread(target=self.serve, daemon=True).start()

    def close(self):
        self.open = False
        self.listener.close()

    def serve(self):
        while self.open:
            try:
                s, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.session, args=(s,), daemon=True).start()

    def session(self, s):
        s.settimeout(60)
        try:
            self.talk(s)
        except (OSError, ValueError, ssl.SSLError):
            pass
        finally:
            s.close()

    def flood(self, s, piece):
        while True:
            s.sendall(piece)

    def greet(self, s):
        f = self.fault
        if f == "endless greeting":
            s.sendall(b"* OK ")
            self.flood(s, b"A" * 65536)
        if f == "endless lines":
            self.flood(s, b"* OK still here\r\n" * 1000)
        if f == "silent":
            time.sleep(60)
        if f == "slow drip":
            for c in b"* OK this comes one letter at a time, for ever and a day\r\n" * 1000:
                s.sendall(bytes([c]))
                time.sleep(1)
        s.sendall({"bye greeting": b"* BYE go away\r\n", "preauth": b"* PREAUTH you are in\r\n",
                   "garbage": b"\x00\xff{{{((((\r\n\r\n)"}.get(f, b"* OK IMAP4rev1 ready\r\n"))

    def talk(self, s):
        self.greet(s)
        buf = b""
        while True:
            while b"\r\n" not in buf:
                got = s.recv(65536)
                if not got:
                    return
                buf += got
            line, buf = buf.split(b"\r\n", 1)
            self.lines.append(line.decode("latin-1"))
            tag, _, rest = line.decode("latin-1").partition(" ")
            word = rest.split(" ")[0].upper()
            if word == "UID":
                word = rest.split(" ")[1].upper()
            s2 = self.answer(s, tag, word, rest)
            if s2 is None:
                return
            if s2 is not s:
                s, buf = s2, b""

    def answer(self, s, tag, word, rest):
        if self.at == word:
            if self.fault == "bye":
                s.sendall(b"* BYE shutting down\r\n")
                return None
            if self.fault in ("no", "bad"):
                s.sendall(f"{tag} {self.refusal or self.fault.upper() + ' not today'}\r\n".encode())
                return s
            if self.fault == "wrong tag":
                s.sendall(b"zzz9 OK done\r\n" * 3)
                return None
            if self.fault == "endless":
                self.flood(s, b"* OK noise\r\n" * 1000)
        if word == "CAPABILITY":
            tls = " STARTTLS" if self.tls is not None and self.fault != "stripped" else ""
            s.sendall(f"* CAPABILITY IMAP4rev1 {self.offers} MOVE{tls}\r\n{tag} OK done\r\n".encode())
        elif word in ("AUTHENTICATE", "LOGIN") and self.credentials is not None:
            return self.log_in(s, tag, rest)
        elif word == "STARTTLS":
            if self.fault == "stripped" or self.tls is None:
                s.sendall(f"{tag} BAD unknown\r\n".encode())
                return s
            if self.fault == "injected":
                s.sendall(f"{tag} OK go on\r\n* CAPABILITY IMAP4rev1 AUTH=EVIL\r\n".encode())
            else:
                s.sendall(f"{tag} OK go on\r\n".encode())
            return self.tls.wrap_socket(s, server_side=True)
        elif word in ("EXAMINE", "SELECT"):
            n = len(self.messages)
            exists = 4000000000 if self.fault == "billions" else n
            s.sendall(f"* {exists} EXISTS\r\n* OK [UIDVALIDITY {self.uidvalidity}] v\r\n"
                      f"* OK [UIDNEXT {4000000001 if self.fault == 'billions' else n + 1}] n\r\n"
                      f"{tag} OK [READ-ONLY] done\r\n".encode())
        elif word == "FETCH":
            self.fetch(s, tag, rest)
            if self.fault == "cut":
                return None
        elif word == "LOGOUT":
            s.sendall(f"* BYE bye\r\n{tag} OK done\r\n".encode())
            return None
        else:
            s.sendall(f"{tag} OK done\r\n".encode())
        return s

    def line(self, s):
        got = b""
        while not got.endswith(b"\r\n"):
            more = s.recv(1)
            if not more:
                raise OSError("gone")
            got += more
        self.lines.append(got[:-2].decode("latin-1"))
        return self.lines[-1]

    def log_in(self, s, tag, rest):
        """The credentials as RFC 3501, 4616, 4959 and Google's XOAUTH2 have them."""
        words = rest.split(" ")
        if words[0].upper() == "LOGIN":
            told = ("LOGIN", tuple(w.strip('"') for w in words[1:]))
        else:
            first = words[2] if len(words) > 2 else None
            if first is None:
                s.sendall(b"+ VXNlcm5hbWU6\r\n" if words[1].upper() == "LOGIN" else b"+ \r\n")
                first = self.line(s)
            if words[1].upper() == "LOGIN":
                s.sendall(b"+ UGFzc3dvcmQ6\r\n")
                told = ("LOGIN", (base64.b64decode(first).decode(), base64.b64decode(self.line(s)).decode()))
            else:
                told = (words[1].upper(), base64.b64decode(first).decode())
        if told[0] == "PLAIN" and not told[1].startswith("\0"):  # who to act as, named too: RFC 4616 2
            told = ("PLAIN", told[1][told[1].index("\0"):])
        if told == self.credentials:
            s.sendall(f"{tag} OK you are in\r\n".encode())
        elif told[0] == "XOAUTH2":  # what is wrong is told first, and must be answered with an empty line
            s.sendall(b"+ " + base64.b64encode(b'{"status":"400"}') + b"\r\n")
            self.line(s)
            s.sendall(f"{tag} NO the token is out of date\r\n".encode())
        else:
            s.sendall(f"{tag} NO wrong password\r\n".encode())
        return s

    def wanted(self, rest):
        uids = set()
        for one in rest.split(" ")[2].split(","):
            a, _, b = one.partition(":")
            last = len(self.messages)
            hi = last if b == "*" else min(int(b or a), last)
            uids.update(range(int(a), hi + 1))
        return sorted(uids)

    def fetch(self, s, tag, rest):
        body = "BODY" in rest
        if self.fault == "huge literal" and body:
            s.sendall(b"* 1 FETCH (UID 1 BODY[]<0> {4000000000}\r\n")
            self.flood(s, b"x" * 65536)
        if self.fault == "claimed literal" and body:
            s.sendall(b"* 1 FETCH (UID 1 BODY[]<0> {4000000000}\r\nshort")
            time.sleep(60)
        if self.fault == "nested" and not body:
            s.sendall(b"* 1 FETCH (BODYSTRUCTURE " + b"(" * 200000)
        if self.fault == "paren envelope" and not body:
            s.sendall(b'* 1 FETCH (UID 1 ENVELOPE ("d" "s" (("' + b"(" * 200000 + b'" NIL "a" "b"))))\r\n')
        for uid in self.wanted(rest):
            m = self.messages[uid - 1]
            if not body:
                s.sendall(f"* {uid} FETCH (UID {uid} RFC822.SIZE {len(m)})\r\n".encode())
                if self.fault == "same uid":
                    s.sendall(f"* {uid} FETCH (UID {uid} RFC822.SIZE {len(m)})\r\n".encode() * 5)
                continue
            limit = re.search(r"<0\.(\d+)>", rest)
            piece = m[:int(limit.group(1))] if limit else m
            s.sendall(f"* {uid} FETCH (UID {uid} BODY[]<0> {{{len(piece)}}}\r\n".encode())
            if self.fault == "cut":
                s.sendall(piece[:len(piece) // 2])
                return
            s.sendall(piece + b")\r\n")
        s.sendall(f"{tag} OK done\r\n".encode())
