"""A Postgres of its own for the benchmark of the load: with `fsync` and the settings of a new cluster,
unlike the private server of a rehearsal, and with its processor seconds and its log told apart.
"""

import glob
import os
import pathlib
import pwd
import shutil
import subprocess
import sys
import tempfile
import threading
import time

TICK = os.sysconf("SC_CLK_TCK")
# `autovacuum`: it would charge one way for what another left; each way vacuums for itself.
SETTINGS = {"listen_addresses": "", "autovacuum": "off", "logging_collector": "off"}


def programs():
    """The folder of the programs, which have to be installed: packages without `psql` do not do."""
    folders = [os.environ.get("PG_BIN", ""), *sorted(glob.glob("/usr/lib/postgresql/*/bin"))]
    if shutil.which("pg_config"):
        said = subprocess.run(["pg_config", "--bindir"], capture_output=True, text=True, check=True)
        folders.insert(1, said.stdout.strip())
    needed = ("initdb", "postgres", "psql", "pg_dump")
    for folder in folders:
        if folder and all((pathlib.Path(folder) / name).exists() for name in needed):
            return pathlib.Path(folder)
    sys.exit(f"error: no folder with {', '.join(needed)}: install PostgreSQL, or name it in PG_BIN")


class Server:
    """A cluster in a folder that goes away with it."""

    def __init__(self):
        self.bin = programs()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="orgfold-bench-"))
        self.process = None
        # Postgres does not run as root.
        self.account = {}
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres" if has_account("postgres") else "nobody")
            os.chown(self.folder, user.pw_uid, user.pw_gid)
            self.account = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}

    def __enter__(self):
        data = self.folder / "data"
        initdb = [self.bin / "initdb", "-D", data, "-U", "postgres", "-E", "UTF8", "--locale=C", "-A", "trust"]
        subprocess.run(initdb, check=True, stdout=subprocess.DEVNULL, cwd=self.folder, **self.account)
        options = [part for key, value in SETTINGS.items() for part in ("-c", f"{key}={value}")]
        command = [self.bin / "postgres", "-D", data, "-k", self.folder, *options]
        log = open(self.folder / "log", "wb")
        self.process = subprocess.Popen(command, cwd=self.folder, stdout=log, stderr=log, **self.account)
        until = time.monotonic() + 60
        while subprocess.run(self.psql_command("postgres", "-c", "select 1"), capture_output=True).returncode:
            if time.monotonic() > until:
                self.__exit__()
                sys.exit("error: the server does not start")
            time.sleep(0.1)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def psql_command(self, database, *arguments):
        return [self.bin / "psql", "-qAtX", "-v", "ON_ERROR_STOP=1", "-h", self.folder, "-U", "postgres",
                "-d", database, *arguments]

    def psql(self, database, sql):
        """Runs a script; what it prints."""
        done = subprocess.run(self.psql_command(database), input=sql, text=True, capture_output=True)
        if done.returncode:
            sys.exit(f"error: {done.stderr.strip()}")
        return done.stdout.strip()

    def copy(self, database, template):
        """Another database with the same bytes."""
        self.psql("postgres", f"create database {database} template {template}")

    def drop(self, database):
        self.psql("postgres", f"drop database {database} with (force)")

    def dump(self, database, section):
        """The definitions of a database but those of our own schema."""
        command = [self.bin / "pg_dump", "-h", self.folder, "-U", "postgres", "-N", "orgfold",
                   "-s", f"--section={section}", database]
        text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        # Newer versions keep a session from being taken over by lines that only psql understands.
        return "\n".join(line for line in text.splitlines() if not line.startswith("\\"))

    def url(self, database):
        return f"host={self.folder} user=postgres dbname={database}"

    def log_position(self):
        return int(self.psql("postgres", "select pg_current_wal_insert_lsn() - '0/0'::pg_lsn"))

    def processor_seconds(self, without=()):
        """Those of all its processes, the ones that have ended included."""
        own, ended, _ = times(self.process.pid)
        total = own + ended
        for entry in os.listdir("/proc"):
            if entry.isdigit() and int(entry) not in without:
                try:
                    used, _, parent = times(int(entry))
                except (FileNotFoundError, ProcessLookupError):
                    continue
                if parent == self.process.pid:
                    total += used
        return total


def has_account(name):
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def times(process):
    """Processor seconds of a process and of its children that have ended; its parent."""
    text = pathlib.Path(f"/proc/{process}/stat").read_text(encoding="ascii", errors="replace")
    fields = text.rsplit(")", 1)[1].split()
    user, system, ended_user, ended_system = (int(field) / TICK for field in fields[11:15])
    return user + system, ended_user + ended_system, int(fields[1])


class Probe(threading.Thread):
    """A session that asks the same of each table again and again, and the longest that it waited."""

    def __init__(self, server, database, statements):
        super().__init__(daemon=True)
        self.statements, self.longest, self.stopped = statements, 0.0, False
        self.psql = subprocess.Popen(server.psql_command(database), stdin=subprocess.PIPE,
                                     stdout=subprocess.PIPE, text=True)
        self.pid = int(self.ask("select pg_backend_pid();"))
        # Its catalog caches are warm before the first one counts.
        for statement in statements:
            self.ask(statement)

    def ask(self, statement):
        self.psql.stdin.write(f"{statement}\n\\echo end\n")
        self.psql.stdin.flush()
        lines = []
        while (line := self.psql.stdout.readline()) not in ("end\n", ""):
            lines.append(line)
        return "".join(lines)

    def run(self):
        while not self.stopped:
            for statement in self.statements:
                begun = time.monotonic()
                self.ask(statement)
                self.longest = max(self.longest, time.monotonic() - begun)
            time.sleep(0.02)

    def end(self):
        self.stopped = True
        self.join()
        self.psql.stdin.close()
        self.psql.wait()
