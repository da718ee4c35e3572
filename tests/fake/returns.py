"""Returned mail made by hand, and the signed return path written a second time, from its description alone."""
import base64
import hashlib
import hmac
import pathlib

LIST_ID = "weekly.bounce.example"


def key(pub, name="token.key"):
    text = pathlib.Path(pub.dir, "keys", name).read_text().strip().upper()
    return base64.b32decode(text + "=" * (-len(text) % 8))


def sign(secret, head, list_id):
    own = hmac.new(secret, b"wrap return path 1", hashlib.sha256).digest()
    return hmac.new(own, head + list_id.encode(), hashlib.sha256).digest()[:14]


def token(secret, list_id, reader, edition, at):
    head = b"\xb1" + reader.to_bytes(5, "big") + edition.to_bytes(3, "big") + (at // 86400).to_bytes(2, "big")
    return base64.b32encode(head + sign(secret, head, list_id)).decode().lower()


def link_token(secret, list_id, purpose, reader):
    """Of the links: 1 leave, 2 confirm, 3 preferences."""
    head = bytes([purpose]) + reader.to_bytes(8, "big")
    mac = hmac.new(secret, b"wrap token 1\n" + head + list_id.encode(), hashlib.sha256).digest()[:16]
    return base64.b32encode(head + mac).decode().lower()


def tokens(pub):
    """A function (reader, edition, at) -> token under the publication's key."""
    secret = key(pub)
    return lambda reader, edition, at: token(secret, LIST_ID, reader, edition, at)


def dsn(tok, recipient, gone=False, code=None, text=None):
    """A report as Postfix writes it, to the return path with that token."""
    code = code or ("5.1.1" if gone else "5.2.2")
    text = text or ("550 5.1.1 user unknown" if gone else "552 5.2.2 mailbox full")
    return f"""Return-Path: <>\r
Delivered-To: bounces+{tok}@bounce.example\r
From: MAILER-DAEMON@mx.sender.example (Mail Delivery System)\r
Subject: Undelivered Mail Returned to Sender\r
To: bounces+{tok}@bounce.example\r
Auto-Submitted: auto-replied\r
MIME-Version: 1.0\r
Content-Type: multipart/report; report-type=delivery-status; boundary="b1"\r
\r
--b1\r
Content-Type: text/plain\r
\r
This is the mail system at host mx.sender.example.\r
\r
<{recipient}>: host mx.example.net[192.0.2.1] said: {text} (in reply to RCPT TO command)\r
\r
--b1\r
Content-Type: message/delivery-status\r
\r
Reporting-MTA: dns; mx.sender.example\r
\r
Final-Recipient: rfc822; {recipient}\r
Action: failed\r
Status: {code}\r
Diagnostic-Code: smtp; {text}\r
\r
--b1--\r
""".encode()
