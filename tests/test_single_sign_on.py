"""Sign-in with an account of the district, against a real provider on loopback; every forged answer is refused."""

import re
import socket
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from batch_service import changed, client, key, new_home, post, rows_of, service, students
from identity_provider import CLIENT, SECRET, IdentityProvider
from joserfc.jwk import RSAKey

from geoservice.errors import ForbiddenError, InputError
from geoservice.model.settings import Settings
from geoservice.service.keys import desk_of

_COOKIE, _PENDING = "geoservice", "geoservice-sign-in"


@pytest.fixture(scope="module")
def place(home, riverbend, tmp_path_factory):
    return new_home(tmp_path_factory.mktemp("sso") / "home", home)


@pytest.fixture(scope="module")
def provider():
    # Another site than the service, whose name is an address.
    made = IdentityProvider("localhost")
    yield made
    made.close()


@pytest.fixture(autouse=True)
def _no_fault(provider):
    person = dict(provider.person)
    yield
    provider.fault, provider.person = "", person


def service_of(provider, place, folder, **settings):
    """A service of its own whose people sign in with the provider."""
    (folder / "client").write_text(SECRET + "\n")
    port = free_port()
    return service(
        place,
        "--workers",
        "0",
        "--port",
        str(port),
        public_url=f"http://127.0.0.1:{port}",
        oidc_issuer=provider.issuer,
        oidc_client_id=CLIENT,
        oidc_client_secret_file=str(folder / "client"),
        failed_keys_per_minute="1000",
        **settings,
    )


@pytest.fixture(scope="module")
def running(place, provider, tmp_path_factory):
    scopes = "planners=maps:read,geocode; chiefs = admin"
    server = service_of(provider, place, tmp_path_factory.mktemp("secret"), oidc_scopes=scopes)
    yield server
    server.stop()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def way_back(opened):
    """What the provider sends a browser back to."""
    to_provider = opened.get("/sign-in")
    assert to_provider.status_code == 303
    sent_back = httpx.get(to_provider.headers["Location"])
    assert sent_back.status_code == 302
    address = urlsplit(sent_back.headers["Location"])
    return f"{address.path}?{address.query}"


def sign_in(opened):
    return opened.get(way_back(opened), headers={"Sec-Fetch-Site": "cross-site"})


def csrf_of(opened):
    return re.search(r'"csrf":"([^"]+)"', opened.get("/").text).group(1)


def test_a_person_signs_in_and_out(running, place):
    with client(running) as opened:
        assert "/sign-in" in opened.get("/").text
        assert opened.get("/v1/jobs").status_code == 401
        answer = sign_in(opened)
        assert answer.status_code == 200
        assert 'content="0;url=/"' in answer.text
        cookie = next(
            c for c in answer.headers.get_list("Set-Cookie") if c.startswith(_COOKIE + "=")
        )
        assert "httponly" in cookie.lower()
        assert "samesite=strict" in cookie.lower()
        assert 'id="choice"' in opened.get("/").text
        assert opened.get("/v1/jobs").json()["items"] == []
        assert opened.cookies[_COOKIE] not in str(rows_of(place, "SELECT * FROM sessions"))
        csrf, text = csrf_of(opened), opened.cookies[_COOKIE]
        assert post(opened, students(1)).status_code == 403
        left = opened.post("/sign-out", data={"csrf": csrf})
        assert left.status_code == 200
        assert '"cache"' in left.headers["Clear-Site-Data"]
        opened.cookies.set(_COOKIE, text)
        assert opened.get("/v1/jobs").status_code == 401
    assert rows_of(place, "SELECT * FROM session_people") == []


def test_a_browser_walks_the_whole_way_between_two_sites(running, provider, page):
    page.goto(f"{running.url}/?lang=es")
    page.click("text=Iniciar sesión con una cuenta del distrito")
    page.wait_for_selector("#choice")
    assert page.url == f"{running.url}/"
    assert page.faults == []


def test_jobs_belong_to_the_account_and_the_record_names_the_person(running, place, provider):
    with client(running) as pat, client(running) as again, client(running) as kim:
        sign_in(pat)
        pat.headers["X-CSRF-Token"] = csrf_of(pat)
        sent = post(pat, students(2)).headers["Location"]
        sign_in(again)
        assert again.get(sent).status_code == 200
        provider.person |= {"sub": "person-2", "preferred_username": "kim"}
        sign_in(kim)
        assert kim.get(sent).status_code == 404
        assert kim.get("/v1/jobs").json()["items"] == []
    names = rows_of(place, "SELECT name FROM session_people ORDER BY name")
    assert {("pat",), ("kim",)} <= set(names)


def test_groups_give_scopes_and_an_account_in_none_is_refused(running, provider):
    with client(running) as planner, client(running) as chief, client(running) as cook:
        sign_in(planner)
        assert planner.get("/maps").status_code == 200
        provider.person |= {"sub": "person-3", "groups": ["chiefs", "cooks"]}
        sign_in(chief)
        assert chief.get("/v1/jobs").status_code == 200
        provider.fault = "no group"
        answer = sign_in(cook)
        assert (answer.status_code, _COOKIE in cook.cookies) == (403, False)
        assert "group" in answer.json()["detail"]


@pytest.mark.parametrize(
    "fault",
    [
        "signature",
        "unsigned",
        "shared secret",
        "issuer",
        "audience",
        "audiences",
        "party",
        "nonce",
        "no nonce",
        "no subject",
        "no end",
        "expired",
        "no token",
        "groups",
    ],
)
def test_a_wrong_id_token_signs_nobody_in(running, provider, fault):
    provider.fault = fault
    with client(running) as opened:
        answer = sign_in(opened)
        assert answer.status_code == 403, answer.text
        assert _COOKIE not in opened.cookies
        assert "person-1" not in answer.text
        assert opened.get("/v1/jobs").status_code == 401


def test_an_answer_is_good_once(running):
    with client(running) as opened:
        back = way_back(opened)
        pending = opened.cookies[_PENDING]
        assert opened.get(back).status_code == 200
    with client(running, cookies={_PENDING: pending}) as replaying:
        assert replaying.get(back).status_code == 403
        assert replaying.get("/v1/jobs").status_code == 401


def test_of_many_answers_at_once_with_one_state_one_signs_in(running):
    with client(running) as opened:
        back, pending = way_back(opened), opened.cookies[_PENDING]

    def sent(_):
        with client(running, cookies={_PENDING: pending}) as other:
            return other.get(back).status_code

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(sent, range(8))) == [200] + [403] * 7


def test_an_answer_is_refused_in_another_browser_or_when_it_is_late(running, place):
    with client(running) as victim, client(running) as attacker:
        back = way_back(attacker)
        assert victim.get(back).status_code == 403
        way_back(victim)
        assert victim.get(back).status_code == 403
        # The attacker's own browser may still use it, until it is late.
        changed(place, "UPDATE pending_sign_ins SET created = created - 700")
        assert attacker.get(back).status_code == 403


@pytest.mark.parametrize(
    "change",
    [
        {"state": "guessed"},
        {"code": "guessed"},
        {"iss": "https://other.example"},
        {"error": "access_denied"},
        {"state": ""},
        {"code": ""},
    ],
)
def test_a_changed_answer_is_refused(running, change):
    with client(running) as opened:
        address = urlsplit(way_back(opened))
        query = {name: values[0] for name, values in parse_qs(address.query).items()} | change
        answer = opened.get(f"{address.path}?{urlencode(query)}")
        assert answer.status_code == 403
        assert "guessed" not in answer.text
        assert _COOKIE not in opened.cookies


def test_keys_that_the_provider_has_changed_are_read_again(provider, tmp_path, monkeypatch):
    (tmp_path / "client").write_text(SECRET)
    desk = desk_of(
        Settings.read(
            {
                "GEOSERVICE_HOME": str(tmp_path),
                "GEOSERVICE_PUBLIC_URL": "http://127.0.0.1",
                "GEOSERVICE_OIDC_ISSUER": provider.issuer,
                "GEOSERVICE_OIDC_CLIENT_ID": CLIENT,
                "GEOSERVICE_OIDC_CLIENT_SECRET_FILE": str(tmp_path / "client"),
                "GEOSERVICE_OIDC_SCOPES": "planners=maps:read",
            }
        )
    )

    def signed_in():
        address, browser = desk.begin("http://127.0.0.1/sign-in/callback")
        back = urlsplit(httpx.get(address).headers["Location"])
        query = {name: values[0] for name, values in parse_qs(back.query).items()}
        code, callback = query["code"], "http://127.0.0.1/sign-in/callback"
        return desk.finish((query["state"], browser), code, callback, "")

    assert signed_in()
    before, provider.key = provider.key, RSAKey.generate_key(2048, {"kid": "k2"})
    try:
        read = provider.asked.count("/keys")
        # A stranger's tokens do not make the service ask the provider again and again.
        for _ in range(3):
            with pytest.raises(ForbiddenError):
                signed_in()
        assert provider.asked.count("/keys") == read
        monkeypatch.setattr("geoservice.service.identity_provider._RETRY_S", 0.0)
        assert signed_in()
    finally:
        provider.key = before


def test_another_site_cannot_begin_a_sign_in(running):
    with client(running) as opened:
        answer = opened.get("/sign-in", headers={"Sec-Fetch-Site": "cross-site"})
        assert answer.status_code == 403


def test_a_sign_in_ends_with_its_time_and_with_the_groups_of_the_settings(
    running, place, provider, tmp_path
):
    with client(running) as opened:
        sign_in(opened)
        assert opened.get("/v1/jobs").status_code == 200
        changed(place, "UPDATE sessions SET created = created - 13 * 3600")
        assert opened.get("/v1/jobs").status_code == 401
        sign_in(opened)
        cookie = opened.cookies[_COOKIE]
    key(place, "office")
    other = service(place, "--require-key", "--workers", "0")
    try:
        with client(other, cookies={_COOKIE: cookie}) as without:
            assert without.get("/v1/jobs").status_code == 401
            assert without.get("/sign-in").status_code == 404
    finally:
        other.stop()


def test_a_provider_that_is_away_is_told_and_keys_still_work(home, riverbend, tmp_path):
    place, port = new_home(tmp_path / "home", home), free_port()
    text = key(place, "office")
    server = service(
        place,
        "--workers",
        "0",
        oidc_issuer=f"http://127.0.0.1:{port}",
        oidc_client_id=CLIENT,
        oidc_scopes="planners=maps:read",
        public_url="http://127.0.0.1",
    )
    try:
        with client(server) as opened:
            answer = opened.get("/sign-in")
            assert answer.status_code == 503
            assert "Retry-After" in answer.headers
            assert opened.post("/token", data={"token": text}).status_code == 303
    finally:
        server.stop()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ISSUER", "http://login.example.org"),
        ("ISSUER", "login.example.org"),
        ("ISSUER", "https://user:password@login.example.org"),
        ("SCOPES", "planners"),
        ("SCOPES", "planners=everything"),
        ("SCOPES", "=admin"),
        ("CLIENT_SECRET_FILE", "/nowhere/secret"),
        ("CA_FILE", "/nowhere/ca"),
        ("CLIENT_ID", ""),
    ],
)
def test_a_bad_setting_of_the_provider_is_named(name, value):
    good = {
        "GEOSERVICE_PUBLIC_URL": "https://maps.example.org",
        "GEOSERVICE_OIDC_ISSUER": "https://login.example.org",
        "GEOSERVICE_OIDC_CLIENT_ID": "c",
        "GEOSERVICE_OIDC_SCOPES": "planners=maps:read",
    }
    assert Settings.read(good).single_sign_on.is_on
    with pytest.raises(InputError, match=f"GEOSERVICE_OIDC_{name}"):
        Settings.read(good | {f"GEOSERVICE_OIDC_{name}": value})
