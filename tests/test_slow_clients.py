"""Clients that send or read slowly, or stop midway, hold up no other client."""

import contextlib
import socket
import time

import pytest
from batch_service import client, key, new_home, post, service, students

pytestmark = pytest.mark.slow
_SLOTS, _CONNECTIONS = 4, 60
_PROMPT_S = 1.5
"""Less than the two seconds that a request waits for a slot."""
_FORM = "multipart/form-data; boundary=b"
_BEGUN_FILE = (
    b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\naddress\n'
)


@pytest.fixture(scope="module")
def place(home, riverbend, tmp_path_factory):
    return new_home(tmp_path_factory.mktemp("slow") / "home", home)


@pytest.fixture(scope="module")
def keys(place):
    return {name: key(place, name) for name in ("slow", "other")}


@pytest.fixture(scope="module")
def running(place, keys):
    server = service(
        place,
        *("--require-key", "--workers", "0"),
        max_requests=str(_SLOTS),
        max_pictures="1",
        max_connections=str(_CONNECTIONS),
        header_timeout_s="60",
        body_timeout_s="60",
        requests_per_s="0",
        failed_keys_per_minute="0",
    )
    yield server
    server.stop()


@pytest.fixture
def held(running):
    """Opens connections that send the first bytes of a request, and no more."""
    with contextlib.ExitStack() as stack:
        host, port = running.url.removeprefix("http://").split(":")

        def hold(count, head, body=b"", text=""):
            lines = [head, "Host: localhost"]
            lines += [f"Authorization: Bearer {text}"] if text else []
            for _ in range(count):
                connection = socket.socket()
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2_048)
                connection.connect((host, int(port)))
                stack.enter_context(connection)
                connection.sendall("\r\n".join([*lines, "\r\n"]).encode() + body)
            time.sleep(0.5)

        yield hold


def begun(path, kind="application/json"):
    return f"POST {path} HTTP/1.1\r\nContent-Length: 90000\r\nContent-Type: {kind}"


def answered(running, text, ask):
    """The status of an answer that must come at once."""
    begun_s = time.monotonic()
    with client(running, text) as opened:
        status = ask(opened).status_code
    assert time.monotonic() - begun_s < _PROMPT_S
    return status


def look_up(opened):
    return opened.post("/v1/geocode", json={"addresses": [{"address": "745 2nd ave, northfield"}]})


@pytest.mark.parametrize(
    ("path", "kind", "has_key"),
    [
        ("/token", "application/x-www-form-urlencoded", False),
        ("/finder", "application/x-www-form-urlencoded", False),
        ("/v1/geocode", "application/json", False),
        ("/v1/geocode", "application/json", True),
        ("/v1/jobs", _FORM, False),
        ("/v1/jobs", _FORM, True),
        ("/geocoder/locations/addressbatch", _FORM, True),
    ],
)
def test_bodies_that_do_not_come_hold_up_no_look_up(running, keys, held, path, kind, has_key):
    text = keys["slow"] if has_key else ""
    held(5 * _SLOTS, begun(path, kind), _BEGUN_FILE if kind == _FORM else b"a", text)
    assert answered(running, keys["other"], look_up) == 200


def test_files_that_do_not_come_hold_up_no_file_of_another_key(running, keys, held):
    held(5 * _SLOTS, begun("/v1/jobs", _FORM), _BEGUN_FILE, keys["slow"])
    assert answered(running, keys["other"], lambda opened: post(opened, students(3))) == 202


def test_one_key_cannot_follow_so_many_jobs_that_another_can_follow_none(running, keys, held):
    with client(running, keys["slow"]) as opened:
        job = post(opened, students(3)).headers["Location"]
    held(5 * _SLOTS, f"GET {job}/events HTTP/1.1", b"", keys["slow"])
    with client(running, keys["other"]) as opened:
        job = post(opened, students(3)).headers["Location"]
        with opened.stream("GET", f"{job}/events") as events:
            assert events.status_code == 200


@pytest.mark.parametrize("path", ["/maps/zones.html", "/maps/zones.png"])
def test_answers_that_are_not_read_hold_up_nobody(running, keys, held, path):
    with client(running, keys["other"]) as opened:
        assert opened.get(path).status_code == 200
    pipelined = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {keys['slow']}"
    # More than all slots, and at last more than all connections.
    count = _CONNECTIONS + 10 if path.endswith(".html") else 5 * _SLOTS
    held(count, "\r\n\r\n".join([pipelined] * 40), b"", keys["slow"])
    time.sleep(3)  # Until all buffers are full.
    assert answered(running, keys["other"], look_up) == 200
    picture = "/maps/ratings.png"
    with client(running, keys["other"]) as opened:
        assert opened.get(picture).status_code == 200


@pytest.mark.parametrize(("path", "body"), [("/token", b"a"), ("/healthz", b""), ("/maps", b"")])
def test_connections_that_wait_for_their_client_make_room(running, keys, held, path, body):
    held(2 * _CONNECTIONS, begun(path, "application/x-www-form-urlencoded"), body)
    assert answered(running, keys["other"], look_up) == 200


def test_a_body_in_pieces_is_whole(running, keys):
    def pieces():
        yield b'{"addresses": [{"address": '
        time.sleep(0.2)
        yield b'"745 2nd ave, northfield"}]}'

    with client(running, keys["other"]) as opened:
        headers = {"Content-Type": "application/json"}
        answer = opened.post("/v1/geocode", content=pieces(), headers=headers)
    assert answer.status_code == 200
    assert len(answer.json()["results"]) == 1
