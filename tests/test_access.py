"""Access: keys, sign-ins of browsers, proxies, and decisions by the path that the router takes."""

import datetime
import os
import re
import socket
import ssl
import subprocess
import sys
import time

import httpx
import pytest
from batch_service import changed, client, key, new_home, post, rows_of, service, students

from geoservice.api.origins import networks
from geoservice.cli.main import main
from geoservice.errors import InputError
from geoservice.model.settings import Settings

_COOKIE = "geoservice"


@pytest.fixture(scope="module")
def place(home, riverbend, tmp_path_factory):
    return new_home(tmp_path_factory.mktemp("access") / "home", home)


@pytest.fixture(scope="module")
def text(place):
    return key(place, "office")


@pytest.fixture(scope="module")
def running(place, text):
    server = service(
        place,
        "--require-key",
        "--workers",
        "0",
        proxies="127.0.0.9",
        public_url="https://maps.example",
        failed_keys_per_minute="1000",
    )
    yield server
    server.stop()


@pytest.fixture
def opened(running):
    with client(running) as made:
        yield made


def sign_in(opened, text, **headers):
    return opened.post("/token", data={"token": text}, headers=headers)


def csrf_of(opened):
    return re.search(r'"csrf":"([^"]+)"', opened.get("/").text).group(1)


@pytest.mark.parametrize(
    "host",
    [
        "x/embed/",
        "localhost/embed/",
        "maps.example/static/",
        "localhost#/embed/",
        "localhost?/healthz",
    ],
)
@pytest.mark.parametrize("path", ["/v1/jobs", "/maps", "/openapi.json"])
def test_a_host_that_looks_like_an_open_path_opens_nothing(opened, host, path):
    assert opened.get(path, headers={"Host": host}).status_code in (400, 401, 403)


@pytest.mark.parametrize(
    "path",
    [
        "//healthz/../v1/jobs",
        "/embed/../v1/jobs",
        "/static/%2e%2e/v1/jobs",
        "/embed/%2e%2e/v1/jobs",
        "/v1/jobs/",
        "/V1/jobs",
        "/%2fv1/jobs",
        "/embed/..%2fv1/jobs",
    ],
)
def test_no_spelling_of_a_path_shows_jobs_without_a_key(running, path):
    host, port = running.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(
            f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()
        )
        answer = b""
        while piece := connection.recv(65_536):
            answer += piece
    assert answer.split(b" ")[1] in (b"401", b"404", b"307"), answer[:200]
    assert b'"items"' not in answer


def test_every_route_without_a_key_is_refused_or_open_by_intent(opened, text):
    """The OpenAPI document is walked; what answers without a key is listed here."""
    document = opened.get("/openapi.json", headers={"Authorization": f"Bearer {text}"}).json()
    answered = set()
    for path, methods in document["paths"].items():
        target = re.sub(r"\{\w+\}", "none", path)
        for method in methods:
            if opened.request(method, target).status_code not in (401, 403):
                answered.add(path.split("{")[0])
    assert answered <= {
        "/",
        "/.well-known/api-catalog",
        "/healthz",
        "/readyz",
        "/oembed",
        "/embed/",
        "/finder",
        "/finder/streets/",
    }


def test_a_browser_signs_in_with_a_key_and_out_again(running, text, place):
    with client(running) as opened:
        page = opened.get("/")
        assert 'id="choice"' not in page.text
        assert 'name="token"' in page.text
        assert sign_in(opened, text + "x").status_code == 403
        answer = sign_in(opened, text)
        assert answer.status_code == 303
        cookie = answer.headers["Set-Cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        assert 'id="choice"' in opened.get("/").text
        assert opened.get("/v1/jobs").json()["items"] == []
        stored = rows_of(place, "SELECT hash FROM sessions")
        assert opened.cookies[_COOKIE] not in str(stored)
        csrf = csrf_of(opened)
        assert opened.post("/sign-out", data={"csrf": "x"}).status_code == 403
        before = opened.cookies[_COOKIE]
        assert opened.post("/sign-out", data={"csrf": csrf}).status_code == 303
        opened.cookies.set(_COOKIE, before)
        assert opened.get("/v1/jobs").status_code == 401


def test_a_change_by_cookie_needs_the_token_of_the_page(running, text):
    with client(running) as opened:
        sign_in(opened, text)
        csrf = csrf_of(opened)
        assert post(opened, students(2)).status_code == 403
        opened.headers["X-CSRF-Token"] = csrf
        sent = post(opened, students(2))
        assert sent.status_code == 202
        opened.headers["X-CSRF-Token"] = csrf[:-1] + "!"
        assert opened.delete(f"{sent.headers['Location']}?purge=true").status_code == 403
    with client(running, text) as by_key:  # The jobs of a sign-in are those of its key.
        assert by_key.get(sent.headers["Location"]).status_code == 200


def test_a_sign_in_gets_a_new_cookie_each_time_and_ends_when_it_idles(running, text, place):
    with client(running) as opened:
        sign_in(opened, text)
        first = opened.cookies[_COOKIE]
        sign_in(opened, text)
        second = opened.cookies[_COOKIE]
        assert first != second
        opened.cookies.set(_COOKIE, first)
        assert opened.get("/v1/jobs").status_code == 401
        opened.cookies.clear()
        opened.cookies.set(_COOKIE, second)
        assert opened.get("/v1/jobs").status_code == 200
        changed(place, f"UPDATE sessions SET seen = {time.time() - 9 * 3600}")
        assert opened.get("/v1/jobs").status_code == 401


def test_keys_expire_rotate_and_end_the_sign_ins_they_began(running, place):
    from geoservice.service.keys import keys_of

    keys = keys_of(Settings.read({"GEOSERVICE_HOME": str(place)}))
    short = keys.create("short", ["maps:read"], time.time() + 1.5)
    old = keys.create("old", ["maps:read"])
    key_id = old.split("_")[1]
    with (
        client(running) as browser,
        client(running, short) as brief,
        client(running, old) as earlier,
    ):
        sign_in(browser, old)
        assert [made.get("/maps").status_code for made in (browser, brief, earlier)] == [200] * 3
        new = keys.rotate(key_id)
        with client(running, new) as later:
            assert later.get("/maps").status_code == 200
        time.sleep(1.6)
        assert [made.get("/maps").status_code for made in (browser, brief, earlier)] == [401] * 3
    states = {one.name: one.state for one in keys.list()}
    assert (states["short"], states["old"]) == ("expired", "in use")


def from_address(running, address, **options):
    transport = httpx.HTTPTransport(local_address=address)
    return httpx.Client(base_url=running.url, transport=transport, timeout=30, **options)


def test_forwarding_headers_are_believed_of_named_proxies_alone(running, text):
    headers = {
        "Host": "localhost",
        "X-Forwarded-Host": "maps.example",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-For": "6.6.6.6, 203.0.113.7",
    }
    with from_address(running, "127.0.0.9", headers=headers) as proxy:
        answer = proxy.post(
            "/token", data={"token": text}, headers={"Origin": "http://maps.example"}
        )
        assert answer.status_code == 303
        assert "secure" in answer.headers["Set-Cookie"].lower()
    with from_address(running, "127.0.0.8", headers=headers) as stranger:
        answer = stranger.post("/token", data={"token": text})
        assert "secure" not in answer.headers["Set-Cookie"].lower()
    with from_address(running, "127.0.0.9", headers={"Host": "evil.example"}) as proxy:
        assert proxy.get("/maps").status_code == 403


def test_guesses_through_a_proxy_slow_the_guesser_and_nobody_else(home, riverbend, tmp_path):
    place = new_home(tmp_path / "home", home)
    good = key(place, "good")
    server = service(place, "--workers", "0", proxies="127.0.0.9", failed_keys_per_minute="3")
    try:

        def statuses(client_address, text, count):
            headers = {"X-Forwarded-For": client_address, "Authorization": f"Bearer {text}"}
            with from_address(server, "127.0.0.9", headers=headers) as proxy:
                return [proxy.get("/maps").status_code for _ in range(count)]

        assert statuses("203.0.113.7", "gs_0_x", 5)[-1] == 429
        assert statuses("203.0.113.8", good, 1) == [200]
    finally:
        server.stop()


def test_on_loopback_a_proxy_that_nobody_named_is_refused(home, riverbend, tmp_path):
    """Else all its callers would be taken for the operator of this machine."""
    server = service(new_home(tmp_path / "home", home), "--workers", "0")
    try:
        with client(server) as opened:
            assert opened.get("/v1/jobs").status_code == 200
            for name in ("X-Forwarded-For", "Forwarded", "X-Real-IP"):
                answer = opened.get("/v1/jobs", headers={name: "203.0.113.7"})
                assert answer.status_code == 403
                assert "GEOSERVICE_PROXIES" in answer.json()["detail"]
            assert (
                opened.get("/v1/jobs", headers={"Authorization": "Bearer gs_0_x"}).status_code
                == 401
            )
    finally:
        server.stop()


def test_jobs_of_the_workspace_are_not_those_of_programs_on_the_machine(home, riverbend, tmp_path):
    from conftest import Server

    place = new_home(tmp_path / "home", home)
    server = Server(place, "serve", "--region", "riverbend", "--workers", "0")
    token = server.process.stderr.readline().split()[-1]
    try:
        with client(server) as browser, client(server) as program:
            assert sign_in(browser, token).status_code == 303
            browser.headers["X-CSRF-Token"] = csrf_of(browser)
            location = post(browser, students(2)).headers["Location"]
            assert browser.get(location).status_code == 200
            assert program.get(location).status_code == 404
            assert program.get("/v1/jobs").json()["items"] == []
            other = post(program, students(2)).headers["Location"]
            assert browser.get(other).status_code == 404
            assert token not in str(browser.get("/").url)
    finally:
        server.stop()


def test_https_with_own_files_and_a_secure_cookie(home, riverbend, tmp_path):
    paths = [tmp_path / "cert.pem", tmp_path / "key.pem"]
    line = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-subj",
        "/CN=localhost",
        "-days",
        "2",
        "-out",
        str(paths[0]),
        "-keyout",
        str(paths[1]),
    ]
    try:
        subprocess.run(line, check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("no openssl on this machine")
    place = new_home(tmp_path / "home", home)
    text = key(place, "office")
    server = service(
        place,
        "--require-key",
        "--workers",
        "0",
        "--tls-cert",
        str(paths[0]),
        "--tls-key",
        str(paths[1]),
    )
    try:
        assert server.url.startswith("https://")
        trusted = ssl.create_default_context(cafile=str(paths[0]))
        trusted.check_hostname = False
        with client(server, verify=trusted) as opened:
            answer = sign_in(opened, text)
            assert "secure" in answer.headers["Set-Cookie"].lower()
            assert answer.headers["Set-Cookie"].startswith("__Host-geoservice=")
            assert "max-age=31536000" in answer.headers["Strict-Transport-Security"]
            assert opened.get("/v1/jobs").status_code == 200
            left = opened.post("/sign-out", data={"csrf": csrf_of(opened)})
            assert '"cache"' in left.headers["Clear-Site-Data"]
            assert opened.get("/v1/jobs").status_code == 401
    finally:
        server.stop()


@pytest.mark.parametrize("name", ["MAX_ROWS", "KEEP_DAYS", "CHUNK_ROWS", "REQUESTS_PER_S"])
@pytest.mark.parametrize("value", ["many", "-1", "1.5", "\u00b2"])
def test_a_bad_setting_is_named(name, value):
    with pytest.raises(InputError, match=f"GEOSERVICE_{name} "):
        Settings.read({f"GEOSERVICE_{name}": value})


@pytest.mark.parametrize("value", ["no-address", "10.0.0.0/99", "localhost"])
def test_a_bad_address_of_a_proxy_is_named(value):
    with pytest.raises(InputError, match="GEOSERVICE_PROXIES"):
        networks([value])


def test_the_command_line_makes_keys_that_expire_and_rotates_them(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("GEOSERVICE_HOME", str(tmp_path))

    def said(*arguments):
        assert main(["key", *arguments]) == 0
        return capsys.readouterr().out.strip()

    text = said("create", "--name", "brief", "--days", "2")
    key_id = text.split("_")[1]
    until = (datetime.date.today() + datetime.timedelta(days=2)).isoformat()
    assert until in said("list")
    again = said("rotate", key_id, "--grace-hours", "1")
    assert again.startswith(f"gs_{key_id}_")
    assert again != text
    assert main(["key", "rotate", "nope"]) == 2


def test_where_tls_is_required_plain_requests_of_other_machines_are_refused(
    home, riverbend, tmp_path
):
    place = new_home(tmp_path / "home", home)
    text = key(place, "office")
    server = service(
        place,
        *("--require-key", "--workers", "0"),
        require_tls="true",
        proxies="127.0.0.9",
        public_url="https://maps.example",
    )
    try:

        def status(path, proto):
            headers = {"X-Forwarded-For": "203.0.113.7", "Host": "maps.example"}
            headers |= {"X-Forwarded-Proto": proto} if proto else {}
            headers |= {"Authorization": f"Bearer {text}"}
            with from_address(server, "127.0.0.9", headers=headers) as proxy:
                return proxy.get(path).status_code

        assert [status("/maps", proto) for proto in ("https", "http", "")] == [200, 403, 403]
        assert status("/healthz", "http") == 200
        with client(server, text) as here:
            assert here.get("/maps").status_code == 200
    finally:
        server.stop()
    place = new_home(tmp_path / "other", home)
    key(place, "office")
    done = subprocess.run(
        [sys.executable, "-m", "geoservice.cli.main", "serve", "--host", "0.0.0.0", "--port", "0"],
        env={**os.environ, "GEOSERVICE_HOME": str(place), "GEOSERVICE_REQUIRE_TLS": "true"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 2
    assert "--tls-cert" in done.stderr


def test_a_misspelled_setting_is_named_at_the_start(home, riverbend, tmp_path):
    place = new_home(tmp_path / "home", home)
    server = service(place, "--workers", "0", max_row="5")
    server.stop()
    assert "GEOSERVICE_MAX_ROW is no setting" in server.said
