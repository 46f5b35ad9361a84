"""A listed host is told of the end of a job over TLS: signed, counts alone, again after a fault, no redirect."""

import hashlib
import hmac
import json
import shutil
import ssl
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from batch_service import PLANTED, client, finished, key, new_home, post, rows_of, service, students

SECRET = "0123456789abcdef" * 4


class Receiver(ThreadingHTTPServer):
    """A real receiver with TLS on loopback; ``answers`` are its next statuses, then 204."""

    def __init__(self, certificate, private_key):
        self.answers, self.received = [], []
        super().__init__(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, private_key)
        self.socket = context.wrap_socket(self.socket, server_side=True)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"https://localhost:{self.server_port}/jobs?from=geoservice"

    def wait(self, count, seconds=40):
        ends = time.monotonic() + seconds
        while len(self.received) < count and time.monotonic() < ends:
            time.sleep(0.05)
        return self.received


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append((self.path, dict(self.headers), body))
        self.send_response(self.server.answers.pop(0) if self.server.answers else 204)
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_POST

    def log_message(self, *_):
        pass


@pytest.fixture
def receiver(tmp_path):
    if not shutil.which("openssl"):
        pytest.skip("no openssl on this machine")
    paths = tmp_path / "cert.pem", tmp_path / "key.pem"
    line = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost"]
    line += ["-addext", "subjectAltName=DNS:localhost", "-days", "2"]
    subprocess.run([*line, "-out", paths[0], "-keyout", paths[1]], check=True, capture_output=True)
    running = Receiver(*paths)
    yield running
    running.shutdown()
    running.server_close()


@pytest.fixture
def place(home, riverbend, tmp_path):
    return new_home(tmp_path / "home", home)


@pytest.fixture
def opened(place, receiver, tmp_path, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
    secret = tmp_path / "webhook-secret"
    secret.write_text(SECRET)
    server = service(
        place,
        webhook_hosts=f"hooks.example.org localhost:{receiver.server_port}",
        webhook_secret_file=str(secret),
    )
    with client(server, key(place, "office")) as caller:
        yield caller
    server.stop()


def test_the_end_of_a_job_is_told_signed_and_with_counts_alone(receiver, opened, place):
    location = finished(opened, students(30), "secret-name.csv", notify=receiver.url)
    [(path, headers, body)] = receiver.wait(1)
    assert path == "/jobs?from=geoservice"
    moment, signed = (part.split("=")[1] for part in headers["Geoservice-Signature"].split(","))
    expected = hmac.new(SECRET.encode(), f"{moment}.".encode() + body, hashlib.sha256)
    assert hmac.compare_digest(signed, expected.hexdigest())
    assert abs(time.time() - int(moment)) < 60
    told, job = json.loads(body), opened.get(location).json()
    assert told == {name: job[name] for name in told}
    assert set(told) == {"id", "state", "total", "done", "matched", "ambiguous", "unmatched"}
    assert PLANTED.encode() not in body
    assert b"secret-name" not in body
    time.sleep(2)
    assert len(receiver.received) == 1
    assert rows_of(place, "SELECT * FROM notices") == []


def test_a_fault_and_a_redirect_are_tried_again_and_not_followed(receiver, opened):
    receiver.answers = [302]
    finished(opened, students(3), notify=receiver.url)
    received = receiver.wait(2)
    assert [path for path, _, _ in received] == ["/jobs?from=geoservice"] * 2
    assert received[0][2] == received[1][2]


_REFUSED = (
    "https://elsewhere.example.org/jobs",
    "https://localhost/jobs",
    "https://127.0.0.1:9/jobs",
    "http://hooks.example.org/jobs",
    "https://hooks.example.org@elsewhere.example.org/jobs",
    "https://user:word@hooks.example.org/jobs",
    "https://hooks.example.org/a b",
    "file:///etc/passwd",
    "https://[",
)


def test_an_address_that_is_not_listed_is_refused(opened):
    for url in _REFUSED:
        refused = post(opened, students(3), notify=url)
        assert refused.status_code == 422, refused.text
        assert url not in refused.text
    assert opened.get("/v1/jobs").json()["items"] == []
