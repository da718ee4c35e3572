"""nginx, Apache and Caddy in front of wrap serve, each with the lines of its example in config/, in a folder and
on a port of its own. Installed programs are used where there are any; otherwise the packages are fetched and
unpacked under build/fronts. Nothing is installed and no service of the machine is touched."""
import os
import pathlib
import shutil
import subprocess

from peers import ROOT, stop, wait_port

FRONTS = ROOT / "build" / "fronts"
ROOTS = FRONTS / "root"
PACKAGES = {"nginx": ["nginx"], "apache": ["apache2-bin", "libapr1", "libaprutil1"], "caddy": ["caddy"]}
PROGRAMS = {"nginx": "usr/sbin/nginx", "apache": "usr/sbin/apache2", "caddy": "usr/bin/caddy"}
APACHE_MODULES = ["mpm_event", "authz_core", "proxy", "proxy_http", "headers", "setenvif"]

NGINX = """
daemon off;
master_process off;
pid {d}/nginx.pid;
error_log {d}/error.log;
events {{}}
http {{
    access_log {d}/access.log;
    client_body_temp_path {d}/body;
    proxy_temp_path {d}/proxy;
    fastcgi_temp_path {d}/fastcgi;
    uwsgi_temp_path {d}/uwsgi;
    scgi_temp_path {d}/scgi;
    server {{
        listen 127.0.0.1:{port};
        server_name localhost;
        {example}
    }}
}}
"""
APACHE = """
ServerRoot {d}
ServerName localhost
PidFile {d}/apache.pid
ErrorLog {d}/error.log
Listen 127.0.0.1:{port}
{modules}
LogFormat "%h %r %>s" combined
<VirtualHost 127.0.0.1:{port}>
{example}
</VirtualHost>
"""
CADDY = """
{{
	admin off
	auto_https off
}}
{example}
"""


def program(name):
    """The program, or None where it is not to be had."""
    for root in ("/", ROOTS):
        if (pathlib.Path(root) / PROGRAMS[name]).exists():
            return pathlib.Path(root) / PROGRAMS[name]
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        return None
    folder = FRONTS / name
    folder.mkdir(parents=True, exist_ok=True)
    if subprocess.run(["apt-get", "download", *PACKAGES[name]], cwd=folder, capture_output=True).returncode != 0:
        return None
    for deb in folder.glob("*.deb"):
        subprocess.run(["dpkg-deb", "-x", deb, ROOTS], check=True)
    return ROOTS / PROGRAMS[name]


class Front:
    """A web server that passes /wrap on to the port `behind`."""

    def __init__(self, name, folder, port, behind):
        self.name, self.folder, self.port = name, pathlib.Path(folder), port
        self.binary = program(name)
        self.folder.mkdir()
        example = {"nginx": "nginx.conf.example", "apache": "apache.conf.example", "caddy": "Caddyfile.example"}[name]
        text = (ROOT / "config" / example).read_text()
        assert "127.0.0.1:8025" in text
        text = text.replace("127.0.0.1:8025", f"127.0.0.1:{behind}")
        text = text.replace("${APACHE_LOG_DIR}", str(folder)).replace("example.org {", f"http://127.0.0.1:{port} {{")
        modules = self.binary.parents[1] / "lib/apache2/modules" if name == "apache" else None
        wanted = "\n".join(f"LoadModule {m}_module {modules}/mod_{m}.so" for m in APACHE_MODULES)
        frame = {"nginx": NGINX, "apache": APACHE, "caddy": CADDY}[name]
        self.conf = self.folder / "front.conf"
        self.conf.write_text(frame.format(d=folder, port=port, example=text, modules=wanted))

    def start(self):
        args = {"nginx": ["-p", str(self.folder), "-c", str(self.conf)], "apache": ["-X", "-f", str(self.conf)],
                "caddy": ["run", "--adapter", "caddyfile", "--config", str(self.conf)]}[self.name]
        env = {**os.environ, "HOME": str(self.folder), "LD_LIBRARY_PATH": str(ROOTS / "usr/lib/x86_64-linux-gnu")}
        self.out = open(self.folder / "out.log", "w")
        self.process = subprocess.Popen([self.binary, *args], cwd=self.folder, env=env, stdout=self.out,
                                        stderr=subprocess.STDOUT)
        try:
            wait_port(self.port)
        except RuntimeError:
            self.stop()
            raise RuntimeError(self.logs())
        return self

    def logs(self):
        """All that it wrote anywhere, its configuration apart."""
        return "".join(p.read_text(errors="replace") for p in sorted(self.folder.rglob("*"))
                       if p.is_file() and p != self.conf)

    def stop(self):
        stop(self.process)
        self.out.close()
