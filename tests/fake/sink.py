"""A mail server on loopback (aiosmtpd) that keeps every message it takes."""
import email
import email.policy
import socket
import threading

from aiosmtpd.controller import Controller


class Sink:
    def __init__(self, **options):
        self.taken = []  # (mail_from, rcpt_to, bytes)
        self.reply = {}  # recipient -> reply to RCPT
        sink = self
        lock = threading.Lock()

        class Handler:
            async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
                if address in sink.reply:
                    return sink.reply[address]
                envelope.rcpt_tos.append(address)
                return "250 2.1.5 OK"

            async def handle_DATA(self, server, session, envelope):
                with lock:
                    sink.taken.append((envelope.mail_from, list(envelope.rcpt_tos), envelope.original_content))
                return "250 2.0.0 taken"

        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        self.controller = Controller(Handler(), hostname="127.0.0.1", port=self.port, **options)
        self.controller.start()

    def relay(self, **keys):
        more = "".join(f" {k} = {v};" for k, v in keys.items())
        return f'{{ url = "smtp://127.0.0.1:{self.port}"; tls = "none";{more} }}'

    @property
    def messages(self):
        return [email.message_from_bytes(b, policy=email.policy.default) for _, _, b in self.taken]

    def close(self):
        self.controller.stop()
