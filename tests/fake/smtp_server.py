#!/usr/bin/env python3
"""A relay that misbehaves to order, on loopback, with a log of every word on the wire.

    smtp_server.py --port 0 --log wire.jsonl [--fault SPEC]... [--tls implicit|starttls --cert F --key F]
                   [--user U --password P] [--ca CLIENT_CA]

It prints its port when it listens. A fault is STAGE:ACTION[:ARGUMENT][@WHEN]:

    stage    connect ehlo starttls auth mail rcpt data body dot idle quit rset
    action   reply:TEXT      this instead of the usual answer; \\n parts lines, \\xNN is any byte
             close           hang up without an answer
             reset           the same by RST
             stall           never answer, never hang up
             slow:SECONDS    the usual answer, so much later
             drip:SECONDS    the usual answer, one byte every so often
             garbage         bytes that are no SMTP
             endless         an answer that never ends
             long            the usual answer with a line of 10,000 bytes in it
             huge            the usual answer, its line 3 MB long
             twice           the usual answer two times
             then-close      the usual answer, then hang up
             then-reset      the usual answer, then RST
             then:TEXT       the usual answer, and this behind it in one packet
             split           the usual answer, cut into packets of one byte
             bare-lf         the usual answer with LF alone
             bare-cr         the usual answer with CR alone, which ends no line
             hold            the usual answer, but only in one packet with the next one
             lax:TEXT        this instead, and then go on as if the usual answer had been given
             multi           the usual answer in five lines
             mixed           the usual answer with another code in its first line
             taken-close     dot only: keep the message, then hang up without an answer
             taken-reset     dot only: the same by RST
             taken-stall     dot only: keep the message, never answer
             drop:WORD       ehlo only: do not offer this (STARTTLS, AUTH, PIPELINING ...)
             early:TEXT      body only: answer while the message is still coming, then hang up
             half-close      body only: read some of it, hang up
             ignore          body only: read none of it, keep the connection
    when     N  the Nth time this stage is reached; N-M; N+  from then on; pX with a chance of X per cent,
             drawn alike in every run. Without: always.

Each log line is a JSON object: connection, what (open, line, message, close ...), and for a message its
envelope, its first 64 kB (latin-1) and whether the relay answered 250 for it ("acknowledged").
"""
import argparse
import asyncio
import base64
import json
import os
import random
import re
import signal
import socket
import ssl
import struct
import sys
import time


def on_wire(text):
    """Lines as bytes, each with CR LF."""
    return re.sub(rb"\\x([0-9a-f]{2})", lambda m: bytes([int(m.group(1), 16)]), text.replace("\n", "\r\n").encode()) + b"\r\n"


class Fault:
    def __init__(self, spec):
        tail = re.search(r"@(\d+(?:\+|-\d+)?|p\d+)$", spec)
        when = tail.group(1) if tail else ""
        spec = spec[:tail.start()] if tail else spec
        self.stage, _, rest = spec.partition(":")
        self.action, _, self.argument = rest.partition(":")
        self.argument = self.argument.replace("\\n", "\n")
        self.when = when
        self.random = random.Random(spec)

    def hits(self, count):
        w = self.when
        if not w:
            return True
        if w.startswith("p"):
            return self.random.random() * 100 < float(w[1:])
        if w.endswith("+"):
            return count >= int(w[:-1])
        if "-" in w:
            a, b = w.split("-")
            return int(a) <= count <= int(b)
        return count == int(w)


class Hangup(Exception):
    pass


class Relay:
    def __init__(self, options):
        self.o = options
        self.faults = [Fault(f) for f in options.fault]
        self.counts = {}
        self.connections = 0
        self.log_file = open(options.log, "a", buffering=1) if options.log else None
        self.tls = None
        if options.tls:
            self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.tls.load_cert_chain(options.cert, options.key)
            if options.ca:
                self.tls.load_verify_locations(options.ca)
                self.tls.verify_mode = ssl.CERT_REQUIRED

    def log(self, number, what, **more):
        if self.log_file:
            self.log_file.write(json.dumps({"t": round(time.monotonic(), 4), "c": number, "what": what, **more}) + "\n")

    def fault(self, stage):
        n = self.counts[stage] = self.counts.get(stage, 0) + 1
        for f in self.faults:
            if f.stage == stage and f.hits(n):
                return f
        return None

    async def serve(self, reader, writer):
        self.connections += 1
        s = Session(self, self.connections, reader, writer)
        try:
            await s.run()
        except (Hangup, ConnectionError, asyncio.IncompleteReadError, ssl.SSLError, asyncio.LimitOverrunError, BrokenPipeError):
            pass
        finally:
            self.log(s.number, "close")
            try:
                writer.close()
            except Exception:
                pass


class Session:
    def __init__(self, relay, number, reader, writer):
        self.relay, self.number, self.reader, self.writer = relay, number, reader, writer
        self.secure = relay.o.tls == "implicit"
        self.logged_in = False
        self.mail = None
        self.rcpt = []
        self.message = None
        self.held = b""

    def log(self, what, **more):
        self.relay.log(self.number, what, **more)

    async def put(self, data):
        self.writer.write(self.held + data)
        self.held = b""
        await self.writer.drain()

    def cut(self, reset):
        if reset:
            sock = self.writer.get_extra_info("socket")
            if sock is not None:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.writer.transport.abort()
        raise Hangup()

    async def answer(self, stage, usual):
        """Give the usual answer, or what a fault makes of it. False: the usual did not happen."""
        return await self.answer_as(self.relay.fault(stage), stage, usual)

    async def answer_as(self, f, stage, usual):
        wire = on_wire(usual)
        if f is None or f.action in ("drop", "early", "half-close", "ignore"):
            await self.put(wire)
            return True
        self.log("fault", stage=stage, action=f.action)
        a = f.action
        if a == "reply":
            await self.put(on_wire(f.argument))
            if f.argument.startswith("421"):
                self.cut(False)
            return f.argument[0] == usual[0]
        if a in ("close", "taken-close"):
            self.cut(False)
        if a in ("reset", "taken-reset"):
            self.cut(True)
        if a in ("stall", "taken-stall"):
            await asyncio.sleep(3600)
        if a == "slow":
            await asyncio.sleep(float(f.argument))
            await self.put(wire)
        elif a == "drip":
            for i in range(len(wire)):
                await self.put(wire[i:i + 1])
                await asyncio.sleep(float(f.argument))
        elif a == "garbage":
            await self.put(b"\x00\xff\x13 not smtp at all \x80\r\n")
            return False
        elif a == "endless":
            while True:
                await self.put(b"250-and another thing\r\n" * 500)
        elif a == "long":
            await self.put(wire[:3] + b"-" + b"x" * 10000 + b"\r\n" + wire)
        elif a == "huge":
            await self.put(wire[:-2] + b"x" * 3000000 + b"\r\n")
            return False
        elif a == "bare-cr":
            await self.put(wire.replace(b"\r\n", b"\r"))
            return False
        elif a == "hold":
            self.held += wire
        elif a == "lax":
            await self.put(on_wire(f.argument))
        elif a == "twice":
            await self.put(wire + wire)
        elif a == "then-close":
            await self.put(wire)
            self.after(stage)
            self.cut(False)
        elif a == "then-reset":
            await self.put(wire)
            self.after(stage)
            await asyncio.sleep(0.02)
            self.cut(True)
        elif a == "then":
            await self.put(wire + on_wire(f.argument))
        elif a == "split":
            for i in range(len(wire)):
                await self.put(wire[i:i + 1])
                await asyncio.sleep(0)
        elif a == "bare-lf":
            await self.put(wire.replace(b"\r\n", b"\n"))
        elif a == "multi":
            code = wire[:3]
            await self.put(b"".join(code + b"-line %d\r\n" % i for i in range(4)) + wire)
        elif a == "mixed":
            await self.put(b"550-no\r\n" + wire)
            return False
        else:
            raise SystemExit("no such action: " + a)
        return True

    def after(self, stage):
        if stage == "dot" and self.message is not None:
            self.keep(True)

    def keep(self, acknowledged):
        self.log("message", mail=self.mail, rcpt=self.rcpt, secure=self.secure, acknowledged=acknowledged,
                 size=len(self.message), data=self.message[:65536].decode("latin-1"))
        self.message = None

    async def run(self):
        self.log("open")
        if not await self.answer("connect", "220 fake.example ESMTP"):
            pass
        while True:
            line = await self.reader.readline()
            if not line:
                return
            self.log("line", text=line.decode("latin-1"))
            if not line.endswith(b"\r\n"):
                self.log("violation", text="line without CRLF")
            word = line[:8].split()[0].upper() if line.split() else b""
            handler = {b"EHLO": self.ehlo, b"HELO": self.helo, b"STARTTLS": self.starttls, b"AUTH": self.auth, b"MAIL": self.do_mail,
                       b"RCPT": self.do_rcpt, b"DATA": self.data, b"RSET": self.rset, b"QUIT": self.quit}.get(word)
            if handler is None:
                self.log("violation", text="unknown command")
                await self.put(b"500 what?\r\n")
                continue
            await handler(line.rstrip(b"\r\n"))

    async def helo(self, line):
        await self.answer("ehlo", "250 fake.example")

    async def ehlo(self, line):
        o = self.relay.o
        words = ["PIPELINING", "SIZE %d" % o.size, "8BITMIME", "ENHANCEDSTATUSCODES"]
        if o.utf8:
            words.append("SMTPUTF8")
        if o.tls == "starttls" and not self.secure:
            words.append("STARTTLS")
        if o.user and (self.secure or o.tls is None):
            words.append("AUTH " + o.mechanisms)
        for f in self.relay.faults:
            if f.stage == "ehlo" and f.action == "drop":
                words = [w for w in words if w.split()[0] != f.argument]
        lines = ["fake.example"] + words
        await self.answer("ehlo", "\n".join("250%s%s" % ("-" if i + 1 < len(lines) else " ", w) for i, w in enumerate(lines)))

    async def starttls(self, line):
        if not await self.answer("starttls", "220 go ahead"):
            return
        await self.writer.start_tls(self.relay.tls)
        self.secure = True
        self.log("tls")

    async def auth(self, line):
        o = self.relay.o
        parts = line.split()
        mech = parts[1].upper().decode()
        ok = False
        if mech == "PLAIN":
            blob = parts[2] if len(parts) > 2 else await self.ask("334 ")
            ok = base64.b64decode(blob).split(b"\0")[1:] == [o.user.encode(), o.password.encode()]
        elif mech == "LOGIN":
            user = parts[2] if len(parts) > 2 else await self.ask("334 VXNlcm5hbWU6")
            word = await self.ask("334 UGFzc3dvcmQ6")
            ok = [base64.b64decode(user), base64.b64decode(word)] == [o.user.encode(), o.password.encode()]
        elif mech == "CRAM-MD5":
            import hmac
            challenge = b"<1.2@fake.example>"
            got = base64.b64decode(await self.ask("334 " + base64.b64encode(challenge).decode()))
            want = o.user.encode() + b" " + hmac.new(o.password.encode(), challenge, "md5").hexdigest().encode()
            ok = got == want
        elif mech == "XOAUTH2":
            blob = parts[2] if len(parts) > 2 else await self.ask("334 ")
            ok = base64.b64decode(blob) == b"user=%s\x01auth=Bearer %s\x01\x01" % (o.user.encode(), o.password.encode())
        self.log("auth", mechanism=mech, ok=ok, secure=self.secure)
        if ok:
            if await self.answer("auth", "235 2.7.0 welcome"):
                self.logged_in = True
        else:
            await self.put(b"535 5.7.8 no\r\n")

    async def ask(self, text):
        await self.put(text.encode() + b"\r\n")
        line = await self.reader.readline()
        if not line:
            raise Hangup()
        self.log("line", text=line.decode("latin-1"))
        return line.strip()

    async def do_mail(self, line):
        if self.relay.o.user and not self.logged_in:
            await self.put(b"530 5.7.0 login first\r\n")
            return
        if self.mail is not None:
            self.log("violation", text="MAIL within a transaction")
        if await self.answer("mail", "250 2.1.0 ok"):
            self.mail = line[line.index(b"<") + 1:line.index(b">")].decode("utf-8", "replace")
            self.rcpt = []

    async def do_rcpt(self, line):
        if self.mail is None:
            await self.put(b"503 5.5.1 MAIL first\r\n")
            return
        to = line[line.index(b"<") + 1:line.index(b">")].decode("utf-8", "replace")
        fixed = {"unknown": "550 5.1.1 no such user", "full": "552 5.2.2 mailbox full", "grey": "450 4.2.0 greylisted",
                 "policy": "550 5.7.1 not from you"}.get(to.split("@")[0].split("+")[0])
        if fixed:
            await self.put(fixed.encode() + b"\r\n")
        elif await self.answer("rcpt", "250 2.1.5 ok"):
            self.rcpt.append(to)

    async def data(self, line):
        if not self.rcpt:
            await self.put(b"503 5.5.1 RCPT first\r\n")
            return
        if not await self.answer("data", "354 go on"):
            return
        f = self.relay.fault("body")
        if f is not None:
            self.log("fault", stage="body", action=f.action)
            if f.action == "ignore":
                self.writer.transport.pause_reading()
                await asyncio.sleep(3600)
            await self.reader.readexactly(20)
            if f.action == "early":
                await self.put(on_wire(f.argument))
                await asyncio.sleep(0.1)
            self.cut(f.action == "reset")
        lines = []
        while True:
            got = await self.reader.readline()
            if not got:
                self.log("hangup", text="within a message")
                return
            if got == b".\r\n":
                break
            if not got.endswith(b"\r\n") or b"\r" in got[:-2]:
                self.log("violation", text="bare CR or LF in a message")
            if len(got) > 1000:
                self.log("violation", text="line over 998")
            lines.append(got[1:] if got.startswith(b".") else got)
        self.message = b"".join(lines)
        f = self.relay.fault("dot")
        if f is not None and f.action.startswith("taken-"):
            self.keep(False)
        if await self.answer_as(f, "dot", "250 2.0.0 taken") and self.message is not None:
            self.keep(True)
        self.message = None
        self.mail, self.rcpt = None, []
        f = self.relay.fault("idle")
        if f is not None:
            self.log("fault", stage="idle", action=f.action)
            await asyncio.sleep(0.02)
            if f.action == "reply":
                await self.put(on_wire(f.argument))
            self.cut(f.action == "reset")

    async def rset(self, line):
        self.mail, self.rcpt = None, []
        await self.answer("rset", "250 2.0.0 ok")

    async def quit(self, line):
        await self.answer("quit", "221 2.0.0 bye")
        raise Hangup()


async def main():
    p = argparse.ArgumentParser()
    p.add_argument("--port", type=int, default=0)
    p.add_argument("--log")
    p.add_argument("--fault", action="append", default=[])
    p.add_argument("--tls", choices=["implicit", "starttls"])
    p.add_argument("--cert")
    p.add_argument("--key")
    p.add_argument("--ca")
    p.add_argument("--user")
    p.add_argument("--password")
    p.add_argument("--mechanisms", default="PLAIN LOGIN")
    p.add_argument("--utf8", action="store_true")
    p.add_argument("--size", type=int, default=10000000)
    o = p.parse_args()
    relay = Relay(o)
    server = await asyncio.start_server(relay.serve, "127.0.0.1", o.port, limit=1 << 20,
                                        ssl=relay.tls if o.tls == "implicit" else None)
    # What was answered is also logged before we go.
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, lambda: loop.call_later(0.05, os._exit, 0))
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except KeyboardInterrupt:
        sys.exit(0)
