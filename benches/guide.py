#!/usr/bin/env python3
"""Takes the guide's backend from nothing to nothing on an emulator behind a way that makes each call take longer, and counts
the calls.

    cargo build --release && python3 benches/guide.py target/release/recon
    python3 benches/guide.py target/release/recon --calls        # every call, with when it began and ended

The emulator is ministack, which `make setup` installs into .venv. Nothing here passes or fails.
"""

import argparse
import collections
import http.client
import http.server
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROJECT = ["main.tf", "recon.toml", "schema", "lambda-fns", "examples/amplify-auth"]
TABLE = "-allow-data-loss=aws_dynamodb_table.posts"

# The calls of services that name them by method and path.
PATHS = [
    (r"POST /v1/apis", "appsync:CreateGraphqlApi"),
    (r"GET /v1/apis/[^/]+", "appsync:GetGraphqlApi"),
    (r"DELETE /v1/apis/[^/]+", "appsync:DeleteGraphqlApi"),
    (r"POST /v1/apis/[^/]+/schemacreation", "appsync:StartSchemaCreation"),
    (r"GET /v1/apis/[^/]+/schemacreation", "appsync:GetSchemaCreationStatus"),
    (r"GET /v1/apis/[^/]+/schema", "appsync:GetIntrospectionSchema"),
    (r"GET /v1/apis/[^/]+/environmentVariables", "appsync:GetGraphqlApiEnvironmentVariables"),
    (r"POST /v1/apis/[^/]+/apikeys", "appsync:CreateApiKey"),
    (r"GET /v1/apis/[^/]+/apikeys", "appsync:ListApiKeys"),
    (r"DELETE /v1/apis/[^/]+/apikeys/[^/]+", "appsync:DeleteApiKey"),
    (r"POST /v1/apis/[^/]+/datasources", "appsync:CreateDataSource"),
    (r"GET /v1/apis/[^/]+/datasources/[^/]+", "appsync:GetDataSource"),
    (r"DELETE /v1/apis/[^/]+/datasources/[^/]+", "appsync:DeleteDataSource"),
    (r"POST /v1/apis/[^/]+/types/[^/]+/resolvers", "appsync:CreateResolver"),
    (r"GET /v1/apis/[^/]+/types/[^/]+/resolvers", "appsync:ListResolvers"),
    (r"GET /v1/apis/[^/]+/types/[^/]+/resolvers/[^/]+", "appsync:GetResolver"),
    (r"DELETE /v1/apis/[^/]+/types/[^/]+/resolvers/[^/]+", "appsync:DeleteResolver"),
    (r"POST /2015-03-31/functions", "lambda:CreateFunction"),
    (r"GET /2015-03-31/functions/[^/]+", "lambda:GetFunction"),
    (r"GET /2015-03-31/functions/[^/]+/configuration", "lambda:GetFunctionConfiguration"),
    (r"DELETE /2015-03-31/functions/[^/]+", "lambda:DeleteFunction"),
    (r"GET /[^/]+/functions/[^/]+/code-signing-config", "lambda:GetFunctionCodeSigningConfig"),
    (r"GET /[^/]+/functions/[^/]+/concurrency", "lambda:GetFunctionConcurrency"),
]


class Way(http.server.ThreadingHTTPServer):
    """A loopback port that passes calls on to the emulator, late, and takes note of them."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, emulator, delay):
        super().__init__(("127.0.0.1", 0), Passing)
        self.emulator, self.delay, self.calls, self.lock = emulator, delay, [], threading.Lock()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request, client_address):
        pass  # A caller that has ended leaves its connections behind.

    def taken(self):
        with self.lock:
            calls, self.calls = self.calls, []
        return sorted(calls)


class Passing(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    upstream = None

    def setup(self):
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def pass_on(self):
        began = time.perf_counter()
        length = int(self.headers.get("content-length") or 0)
        body = self.rfile.read(length) if length else b""
        headers = {name: value for name, value in self.headers.items() if name.lower() != "connection"}
        time.sleep(self.server.delay)
        for attempt in (1, 2):
            try:
                self.upstream = self.upstream or http.client.HTTPConnection("127.0.0.1", self.server.emulator)
                self.upstream.request(self.command, self.path, body, headers)
                answer = self.upstream.getresponse()
                content = answer.read()
                break
            except (http.client.HTTPException, OSError):
                # The emulator ends connections after a while; nothing was sent on this one.
                self.upstream = None
                if attempt == 2:
                    raise
        self.send_response_only(answer.status, answer.reason)
        for name, value in answer.getheaders():
            if name.lower() not in ("connection", "transfer-encoding", "content-length"):
                self.send_header(name, value)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        with self.server.lock:
            self.server.calls.append((began, time.perf_counter(), self.call(body), answer.status))

    def call(self, body):
        target = self.headers.get("x-amz-target")
        if target:
            service, name = target.split(".", 1)
            known = {"AWSCognitoIdentityProviderService": "cognito", "Logs_20140328": "logs"}
            return f"{known.get(service, service.split('_')[0].lower())}:{name}"
        action = re.search(rb"(?:^|&)Action=(\w+)", body)
        if action:
            return ("sts:" if b"CallerIdentity" in action.group(1) else "iam:") + action.group(1).decode()
        line = f"{self.command} {self.path.split('?')[0].rstrip('/')}"
        return next((name for pattern, name in PATHS if re.fullmatch(pattern, line)), line)

    def log_message(self, *arguments):
        pass

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = pass_on


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start_emulator(folder):
    port = free_port()
    environment = {
        "PATH": os.environ["PATH"], "HOME": str(folder), "TMPDIR": str(folder), "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1", "MINISTACK_HOST": "127.0.0.1", "MINISTACK_ACCOUNT_ID": "123456789012",
        "MINISTACK_REGION": "us-east-1", "LAMBDA_EXECUTOR": "local", "IOT_MTLS_ENABLED": "0", "SFTP_ENABLED": "0",
        "LOG_LEVEL": "ERROR", "AUTH": "false", "DOCKER_HOST": "unix:///nonexistent",
    }
    program = ROOT / ".venv/bin/ministack"
    if not program.exists():
        sys.exit("ministack is not installed; run `make setup` first")
    process = subprocess.Popen([program], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(600):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/_ministack/ready", timeout=1)
            return process, port
        except OSError:
            time.sleep(0.05)
    process.kill()
    sys.exit("ministack does not start")


def lay_out(folder):
    leave = shutil.ignore_patterns("node_modules", "state", "aws-exports.js")
    for name in PROJECT:
        source, target = ROOT / name, folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=leave)
        else:
            shutil.copy(source, target)


def run(recon, folder, port, arguments):
    environment = {
        "PATH": os.environ["PATH"], "HOME": str(folder), "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    start = time.perf_counter()
    done = subprocess.run([recon, *arguments], cwd=folder, env=environment, capture_output=True, text=True,
                          stdin=subprocess.DEVNULL)
    seconds = time.perf_counter() - start
    if done.returncode != 0:
        sys.exit(f"recon {' '.join(arguments)} ended with {done.returncode}\n{done.stdout}\n{done.stderr}")
    return start, seconds


def chain(calls, cost):
    """The dearest chain of calls of which each began when the one before had ended."""
    dearest = []
    for call in calls:
        before = [so_far for so_far, other in zip(dearest, calls) if other[1] <= call[0]]
        dearest.append(cost(call) + max(before, default=0))
    return max(dearest, default=0)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("recon", type=Path, help="the program")
    parser.add_argument("--delay", type=float, default=100, metavar="MS", help="added to each call (100)")
    parser.add_argument("--calls", action="store_true", help="show every call, with when it began and ended")
    given = parser.parse_args()
    recon = given.recon.resolve()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "backend"
        lay_out(folder)
        emulator, port = start_emulator(Path(temporary))
        try:
            run(recon, folder, port, ["-chdir=examples/amplify-auth", "apply", "-auto-approve"])
            way = Way(port, given.delay / 1000)
            stages = [
                ("apply", ["apply", "-auto-approve"]),
                ("unchanged", ["plan", "-detailed-exitcode"]),
                ("destroy", ["destroy", "-auto-approve", TABLE]),
            ]
            for name, arguments in stages:
                start, seconds = run(recon, folder, way.server_address[1], arguments)
                calls = way.taken()
                longest, waited = chain(calls, lambda call: 1), chain(calls, lambda call: call[1] - call[0])
                print(f"{name}: {seconds:.2f} s, {len(calls)} calls; longest chain {longest} calls, {waited:.2f} s")
                if given.calls:
                    for began, ended, call, status in calls:
                        wrong = "" if status < 400 else f"  {status}"
                        print(f"  {began - start:6.2f} - {ended - start:5.2f}  {call}{wrong}")
                else:
                    for call, times in sorted(collections.Counter(call for _, _, call, _ in calls).items()):
                        print(f"  {times:3}  {call}")
        finally:
            emulator.terminate()
            emulator.wait()


if __name__ == "__main__":
    main()
