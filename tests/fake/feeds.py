"""A web server on loopback that serves what a test puts there and writes down what is asked of it."""
import email.utils
import http.server
import threading


class Site:
    def __init__(self):
        self.pages = {}      # path -> (status, headers, body) or a function of the handler
        self.requests = []   # (path, headers)
        site = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                site.requests.append((self.path, dict(self.headers)))
                page = site.pages.get(self.path)
                if callable(page):
                    page(self)
                    return
                status, headers, body = page or (404, {}, b"nothing here")
                if status == 200 and headers.get("ETag") and self.headers.get("If-None-Match") == headers["ETag"]:
                    status, body = 304, b""
                self.send_response(status)
                for k, v in headers.items():
                    self.send_header(k, v)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_port
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05})
        self.thread.daemon = True
        self.thread.start()

    def put(self, path, body, status=200, **headers):
        if isinstance(body, str):
            body = body.encode()
        self.pages[path] = (status, {k.replace("_", "-"): v for k, v in headers.items()}, body)

    def url(self, path):
        return f"http://127.0.0.1:{self.port}{path}"

    def allow(self):
        return f'fetch = {{ allow = ["127.0.0.1:{self.port}"]; }};'

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def rss(items, title="A feed"):
    """items: dicts with title, and optionally link, guid, date (Unix seconds), text, category."""
    out = [f'<?xml version="1.0"?><rss version="2.0"><channel><title>{title}</title>'
           '<link>https://example.com/</link><description>d</description>']
    for i, it in enumerate(items):
        out.append("<item><title>%s</title><link>%s</link><guid isPermaLink='false'>%s</guid>"
                   "<pubDate>%s</pubDate>%s<description>%s</description></item>" % (
                       it["title"], it.get("link", f"https://example.com/{i}"), it.get("guid", f"g{i}"),
                       email.utils.formatdate(it["date"]),
                       "".join(f"<category>{c}</category>" for c in [it.get("category")] if c),
                       it.get("text", "A sentence about it that ends well. And another one follows it.")))
    return "".join(out) + "</channel></rss>"
