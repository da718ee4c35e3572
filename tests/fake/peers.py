"""Real Postfix and real Dovecot for a test, from the distribution's packages, in a folder of their own on
ports of their own. Installed programs are used where there are any; otherwise the packages are fetched and
unpacked under build/peers. Nothing is installed and no service of the machine is touched."""
import grp
import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
PEERS = ROOT / "build" / "peers"
PACKAGES = ["postfix", "dovecot-core", "dovecot-imapd"]


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_port(port, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with socket.socket() as s:
            s.settimeout(1)
            if s.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"nothing listens on port {port}")


# What is unpacked is laid over the machine's own tree in a mount namespace of its own, with the two users
# that the package would have made, because both programs have their paths built in.
BOX = r"""
set -e
root=$1 work=$2; shift 2
mount -t tmpfs tmpfs /mnt
mkdir /mnt/lower /mnt/all
cp -a "$root/." /mnt/lower/
rm -rf /mnt/lower/lib
mkdir -p /mnt/lower/etc
{ cat /etc/passwd; echo "postfix:x:65011:65011::/nonexistent:/bin/false"; } >/mnt/lower/etc/passwd
{ cat /etc/group; echo "postfix:x:65011:"; echo "postdrop:x:65012:"; } >/mnt/lower/etc/group
mount -t overlay overlay -o lowerdir=/mnt/lower:/ /mnt/all
mount --rbind /dev /mnt/all/dev
mount -t proc proc /mnt/all/proc
mount --bind "$work" "/mnt/all$work"
exec chroot /mnt/all "$@"
"""


def installed():
    return all(os.path.exists(p) for p in ("/usr/sbin/dovecot", "/usr/sbin/postfix", "/usr/lib/dovecot/imap"))


def fetch():
    if (PEERS / "root/usr/lib/dovecot/imap").exists() and (PEERS / "root/usr/sbin/postfix").exists():
        return True
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        return False
    PEERS.mkdir(parents=True, exist_ok=True)
    if subprocess.run(["apt-get", "download", *PACKAGES], cwd=PEERS, capture_output=True).returncode != 0:
        return False
    return all(subprocess.run(["dpkg-deb", "-x", deb, PEERS / "root"]).returncode == 0
               for deb in PEERS.glob("*.deb"))


def command(work, *args):
    """args as a command that sees both programs at their places."""
    args = [str(a) for a in args]
    if installed():
        return args
    return ["unshare", "-m", "sh", "-c", BOX, "box", str(PEERS / "root"), str(work), *args]


def why_not(work):
    """None when Postfix and Dovecot can be run here, else the reason."""
    if os.geteuid() != 0:
        return "Postfix wants to be started by root"
    if not installed() and not fetch():
        return "neither installed nor to be had: postfix, dovecot-imapd"
    p = subprocess.run(command(work, "dovecot", "--version"), capture_output=True, text=True)
    return None if p.returncode == 0 else "no mount namespace here: " + p.stderr.strip()


def certificate(folder, name="localhost"):
    """A certificate authority and a server certificate for name; (authority, certificate, key)."""
    d = pathlib.Path(folder)
    run = lambda *a: subprocess.run(["openssl", *a], cwd=d, check=True, capture_output=True)
    run("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-days", "30",
        "-subj", "/CN=test authority", "-addext", "basicConstraints=critical,CA:TRUE",
        "-addext", "keyUsage=critical,keyCertSign")
    run("req", "-newkey", "rsa:2048", "-nodes", "-keyout", "server.key", "-out", "server.csr",
        "-subj", f"/CN={name}")
    (d / "ext").write_text(f"subjectAltName=DNS:{name}\nbasicConstraints=CA:FALSE\n")
    run("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
        "-out", "server.pem", "-days", "30", "-extfile", "ext")
    return d / "ca.pem", d / "server.pem", d / "server.key"


def stop(process):
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class Dovecot:
    """One user, one Maildir, IMAP with STARTTLS and with implicit TLS."""

    def __init__(self, folder, user="bounces", password="s3cret \"q\\uoted\""):
        self.dir = pathlib.Path(folder)
        self.user, self.password = user, password
        self.mail = self.dir / "mail"
        self.imap, self.imaps = free_port(), free_port()
        self.dir.mkdir(parents=True, exist_ok=True)
        os.chmod(self.dir, 0o755)
        self.ca, cert, key = certificate(self.dir)
        for d in ("run", "mail/cur", "mail/new", "mail/tmp"):
            (self.dir / d).mkdir(parents=True)
        owner = pwd.getpwnam("nobody")
        group = grp.getgrgid(owner.pw_gid).gr_name
        for path in [self.mail, *self.mail.rglob("*")]:
            os.chown(path, owner.pw_uid, owner.pw_gid)
        (self.dir / "users").write_text(f"{user}:{{PLAIN}}{password}::::::\n")
        self.conf = self.dir / "dovecot.conf"
        self.conf.write_text(f"""
            base_dir = {self.dir}/run
            state_dir = {self.dir}/run
            log_path = {self.dir}/dovecot.log
            protocols = imap
            listen = 127.0.0.1
            default_internal_user = nobody
            default_internal_group = {group}
            default_login_user = nobody
            first_valid_uid = 1
            mail_location = maildir:{self.mail}
            mail_uid = nobody
            mail_gid = {group}
            auth_mechanisms = plain login
            disable_plaintext_auth = yes
            ssl = yes
            ssl_cert = <{cert}
            ssl_key = <{key}
            passdb {{
              driver = passwd-file
              args = scheme=PLAIN {self.dir}/users
            }}
            userdb {{
              driver = static
              args = uid=nobody gid={group} home={self.dir}
            }}
            namespace inbox {{
              inbox = yes
            }}
            service imap-login {{
              chroot =
              inet_listener imap {{
                port = {self.imap}
              }}
              inet_listener imaps {{
                port = {self.imaps}
              }}
            }}
            service anvil {{
              chroot =
            }}
            service stats {{
              chroot =
            }}
            """)
        self.process = None

    def start(self):
        self.process = subprocess.Popen(command(self.dir, "dovecot", "-F", "-c", self.conf), cwd="/",
                                        stdout=subprocess.DEVNULL, stderr=open(self.dir / "stderr", "w"))
        wait_port(self.imap)
        return self

    def stop(self):
        if self.process is not None:
            stop(self.process)

    def deliver(self, message):
        """Put one message into the INBOX, as a delivery agent would."""
        self.count = getattr(self, "count", 0) + 1
        name = f"{time.time():.6f}.{os.getpid()}_{self.count}.test"
        path = self.mail / "tmp" / name
        path.write_bytes(message)
        owner = pwd.getpwnam("nobody")
        os.chown(path, owner.pw_uid, owner.pw_gid)
        os.rename(path, self.mail / "new" / name)

    def messages(self, folder=None):
        at = self.mail if folder is None else self.mail / f".{folder}"
        return sorted(p for d in ("new", "cur") for p in (at / d).glob("*")) if at.exists() else []

    def renumber(self):
        """What a restored mailbox looks like: every UID is new, and so is UIDVALIDITY."""
        for p in self.mail.glob("dovecot*"):
            p.unlink() if p.is_file() else shutil.rmtree(p)


class Postfix:
    """Takes mail on a port of its own, sends on what is for the domains of routes, and puts what is for
    bounce_domain, with anything behind a plus, into a Maildir."""

    def __init__(self, folder, bounce_domain, maildir, routes):
        self.dir = pathlib.Path(folder)
        self.port = free_port()
        conf = self.conf = self.dir / "conf"
        for d in ("conf", "queue", "data"):
            (self.dir / d).mkdir(parents=True)
        os.chmod(self.dir, 0o755)
        nobody = pwd.getpwnam("nobody")
        os.chown(self.dir / "data", pwd.getpwnam("postfix").pw_uid if installed() else 65011, -1)
        (conf / "transport").write_text("".join(f"{domain} smtp:[127.0.0.1]:{port}\n"
                                                for domain, port in routes.items()))
        (conf / "main.cf").write_text(f"""
compatibility_level = 3.6
queue_directory = {self.dir}/queue
data_directory = {self.dir}/data
maillog_file = {self.dir}/maillog
maillog_file_prefixes = {self.dir}
myhostname = mx.sender.example
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
smtp_address_preference = ipv4
transport_maps = texthash:{conf}/transport
relay_domains = {", ".join(routes)}
virtual_mailbox_domains = {bounce_domain}
virtual_mailbox_maps = static:{pathlib.Path(maildir).name}/
virtual_mailbox_base = {pathlib.Path(maildir).parent}
virtual_minimum_uid = 1
virtual_uid_maps = static:{nobody.pw_uid}
virtual_gid_maps = static:{nobody.pw_gid}
recipient_delimiter = +
smtpd_recipient_restrictions = permit_mynetworks, reject
smtpd_peername_lookup = no
smtp_tls_security_level = none
disable_dns_lookups = yes
smtp_host_lookup = native
alias_maps =
alias_database =
queue_run_delay = 1s
minimal_backoff_time = 1s
maximal_backoff_time = 1s
maximal_queue_lifetime = 2s
bounce_queue_lifetime = 2s
smtp_connect_timeout = 5s
soft_bounce = no
""")
        plain = "cleanup rewrite:trivial-rewrite bounce defer:bounce trace:bounce smtp error retry:error virtual discard"
        rows = [f"127.0.0.1:{self.port} inet n - n - - smtpd", "pickup unix n - n 60 1 pickup",
                "qmgr unix n - n 300 1 qmgr", "postlog unix-dgram n - n - 1 postlogd",
                "scache unix - - n - 1 scache", "proxymap unix - - n - - proxymap", "anvil unix - - n - 1 anvil"]
        for word in plain.split():
            name, _, program = word.partition(":")
            private, user = "n" if name == "cleanup" else "-", "n" if name == "virtual" else "-"
            most = "0" if name in ("cleanup", "bounce", "defer", "trace") else "-"
            rows.append(f"{name} unix {private} {user} n - {most} {program or name}")
        (conf / "master.cf").write_text("\n".join(rows) + "\n")
        self.process = None

    def start(self):
        # The mailbox belongs to another peer's folder: both must lie below the folder that is shared.
        self.process = subprocess.Popen(command(self.dir.parent, "postfix", "-c", self.conf, "start-fg"), cwd="/",
                                        stdout=subprocess.DEVNULL, stderr=open(self.dir / "stderr", "w"))
        wait_port(self.port)
        return self

    def stop(self):
        # The master leads a session of its own; its process id is in the queue's folder.
        pid = self.dir / "queue/pid/master.pid"
        if pid.exists():
            try:
                os.kill(int(pid.read_text()), signal.SIGTERM)
            except (ProcessLookupError, ValueError):
                pass
        if self.process is not None:
            stop(self.process)

    def log(self):
        path = self.dir / "maillog"
        return path.read_text(errors="replace") if path.exists() else ""
