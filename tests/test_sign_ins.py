"""Sign-ins of people: strength and age of the proof, the list of one's own, and their end on both sides."""

import re
import time
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import sqlalchemy as sa
from accessibility import violations
from batch_service import changed, client, key, new_home, rows_of, service
from identity_provider import CLIENT, IdentityProvider
from test_single_sign_on import csrf_of, service_of, sign_in

from geoservice.cli.main import main
from geoservice.errors import InputError
from geoservice.model.settings import Settings
from geoservice.service.keys import desk_of
from geoservice.state.copying import copy_state
from geoservice.state.database import connect
from geoservice.state.pending_sign_ins import PendingSignIns
from geoservice.state.schema import PENDING_SIGN_INS, PEOPLE, PROVIDER_SIGN_INS, SESSIONS
from geoservice.state.sessions import Person, Sessions

_COOKIE = "geoservice"
_STRONG, _STRONGER = "urn:district:two-factors", "urn:district:hardware"


@pytest.fixture(scope="module")
def place(home, riverbend, tmp_path_factory):
    return new_home(tmp_path_factory.mktemp("sign-ins") / "home", home)


@pytest.fixture(scope="module")
def provider():
    made = IdentityProvider("localhost")
    made.person["acr"] = _STRONG
    yield made
    made.close()


@pytest.fixture(autouse=True)
def _no_fault(provider):
    person = dict(provider.person)
    provider.proved = int(time.time())
    yield
    provider.fault, provider.person = "", person


@pytest.fixture(scope="module")
def running(place, provider, tmp_path_factory):
    server = service_of(
        provider,
        place,
        tmp_path_factory.mktemp("secret"),
        oidc_scopes="planners=maps:read,geocode",
        oidc_acr=f"{_STRONGER} {_STRONG}",
        oidc_max_age_minutes="60",
        oidc_only="true",
    )
    yield server
    server.stop()


def opens(opened, text=""):
    if text:
        opened.cookies.set(_COOKIE, text)
    return opened.get("/v1/jobs").status_code == 200


def test_the_strength_and_the_age_of_a_proof_are_asked_for_and_checked(running, provider):
    with client(running) as opened:
        asked = parse_qs(urlsplit(opened.get("/sign-in").headers["Location"]).query)
        assert asked["acr_values"] == [f"{_STRONGER} {_STRONG}"]
        assert asked["max_age"] == ["3600"]
        assert sign_in(opened).status_code == 200
        assert opens(opened)
    for wrong in ({"acr": "urn:district:password"}, {"acr": None}, {"acr": [_STRONG]}):
        provider.person |= wrong
        with client(running) as opened:
            answer = sign_in(opened)
            assert (answer.status_code, _COOKIE in opened.cookies) == (403, False)
            assert "second factor" in answer.json()["detail"]


@pytest.mark.parametrize("claim", [3 * 3600, None, "now", True])
def test_an_old_proof_or_none_signs_nobody_in(running, provider, claim):
    old = int(time.time()) - claim if isinstance(claim, int) and claim is not True else claim
    provider.person |= {"acr": _STRONG, "auth_time": old}
    provider.proved = old
    with client(running) as opened:
        answer = sign_in(opened)
        assert (answer.status_code, _COOKIE in opened.cookies) == (403, False)
        assert "too old" in answer.json()["detail"]


def test_where_accounts_alone_sign_in_keys_are_for_programs(running, place):
    text = key(place, "program")
    with client(running) as opened:
        page = opened.get("/").text
        assert 'name="token"' not in page
        assert 'href="/sign-in"' in page
        answer = opened.post("/token", data={"token": text})
        assert (answer.status_code, _COOKIE in opened.cookies) == (403, False)
    with client(running, text) as program:
        assert program.get("/v1/jobs").status_code == 200


def test_a_person_sees_each_sign_in_and_ends_it(running, provider):
    with client(running) as office, client(running) as library, client(running) as other:
        for opened in (office, library):
            sign_in(opened)
        provider.person |= {"sub": "person-9", "preferred_username": "kim"}
        sign_in(other)
        page = office.get("/sign-ins").text
        ids = re.findall(r'name="sign_in" value="(\w+)"', page)
        assert len(ids) >= 1
        assert "This browser" in page
        assert "Mis sesiones" in office.get("/sign-ins?lang=es").text
        csrf = csrf_of(office)
        # The id of another person's sign-in ends nothing.
        stranger = re.findall(r'name="sign_in" value="(\w+)"', other.get("/sign-ins").text)
        assert not set(stranger) & set(ids)
        assert office.post("/sign-ins/end", data={"csrf": "x"}).status_code == 403
        assert other.post(
            "/sign-ins/end", data={"csrf": csrf_of(other), "sign_in": ids[0]}
        ).is_redirect
        assert opens(library)
        for sign_in_id in ids:
            sent = {"csrf": csrf, "sign_in": sign_in_id}
            assert office.post("/sign-ins/end", data=sent).status_code == 303
        assert [opens(opened) for opened in (office, library, other)] == [True, False, True]
        provider.person |= {"sub": "person-1"}
        sign_in(library)
        assert office.post("/sign-ins/end", data={"csrf": csrf}).status_code == 303
        assert [opens(opened) for opened in (office, library, other)] == [True, False, True]


def test_other_sign_ins_end_only_after_a_new_proof(running, provider):
    provider.person |= {"sub": "person-7"}
    provider.proved = int(time.time()) - 1800
    with client(running) as first, client(running) as second:
        for opened in (first, second):
            sign_in(opened)
        page = second.get("/sign-ins").text
        assert "/sign-in?again=true" in page
        assert 'name="sign_in"' not in page
        assert second.post("/sign-ins/end", data={"csrf": csrf_of(second)}).status_code == 403
        assert opens(first)
        asked = second.get("/sign-in?again=true").headers["Location"]
        assert parse_qs(urlsplit(asked).query)["prompt"] == ["login"]
        back = urlsplit(httpx.get(asked).headers["Location"])
        assert second.get(f"{back.path}?{back.query}").status_code == 200
        assert second.post("/sign-ins/end", data={"csrf": csrf_of(second)}).status_code == 303
        assert [opens(first), opens(second)] == [False, True]


def test_nobody_sees_sign_ins_without_one(running):
    with client(running) as opened:
        assert opened.get("/sign-ins").headers["Location"] == "/"
        assert opened.post("/sign-ins/end", data={"csrf": "", "sign_in": "a"}).status_code == 303


def test_signing_out_leads_on_to_the_provider(running, provider, page):
    page.goto(f"{running.url}/")
    page.click("text=Sign in with an account of the district")
    page.wait_for_selector("#choice")
    page.click("text=My sign-ins")
    page.wait_for_selector("text=This browser")
    assert violations(page) == []
    page.click("text=Sign out")
    page.wait_for_url(f"{provider.issuer}/leave?**")
    asked = parse_qs(urlsplit(page.url).query)
    assert asked["client_id"] == [CLIENT]
    assert asked["post_logout_redirect_uri"] == [f"{running.url}/"]


def told(running, token):
    return httpx.post(f"{running.url}/sign-in/logout", data={"logout_token": token})


def test_an_account_that_the_provider_disables_is_signed_out_at_once(running, provider, place):
    provider.person |= {"sub": "person-4", "sid": "session-1"}
    with client(running) as first, client(running) as second, client(running) as other:
        sign_in(first)
        provider.person |= {"sid": "session-2"}
        sign_in(second)
        provider.person |= {"sub": "person-5", "sid": "session-3"}
        sign_in(other)
        answer = told(running, provider.logout_token(sub="person-4", sid="session-1"))
        assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
        assert [opens(opened) for opened in (first, second, other)] == [False, True, True]
        assert told(running, provider.logout_token(sub="person-4")).status_code == 200
        assert [opens(opened) for opened in (second, other)] == [False, True]
        assert told(running, provider.logout_token(sid="session-3")).status_code == 200
        assert not opens(other)
    stored = str(rows_of(place, "SELECT * FROM provider_sign_ins"))
    assert "session-" not in stored


@pytest.mark.parametrize(
    "fault",
    [
        {"typ": "JWT"},
        {"typ": "at+jwt"},
        {"nonce": "n"},
        {"events": None},
        {"events": {"http://schemas.openid.net/event/other": {}}},
        {"events": {"http://schemas.openid.net/event/backchannel-logout": "yes"}},
        {"aud": "another client"},
        {"iss": "https://other.example"},
        {"iat": None},
        {"iat": int(time.time()) - 3600},
        {"exp": int(time.time()) - 3600},
        {"sub": None},
        {"sub": 7},
    ],
)
def test_a_wrong_logout_token_ends_nothing(running, provider, fault):
    provider.person |= {"sub": "person-6"}
    with client(running) as opened:
        sign_in(opened)
        answer = told(running, provider.logout_token(**{"sub": "person-6", **fault}))
        assert answer.status_code == 400, answer.text
        assert "person-6" not in answer.text
        assert opens(opened)


def test_an_id_token_or_a_forged_token_ends_nothing(running, provider):
    provider.person |= {"sub": "person-8"}
    with client(running) as opened:
        sign_in(opened)
        id_token = provider._id({"nonce": "n"})
        provider.fault = "signature"
        for token in (id_token, provider.logout_token(sub="person-8"), "x", ""):
            assert told(running, token).status_code == 400
        assert opens(opened)


def test_the_operator_sees_and_ends_the_sign_ins_of_a_person(
    running, provider, place, monkeypatch, capsys
):
    monkeypatch.setenv("GEOSERVICE_HOME", str(place))
    provider.person |= {"sub": "person-10", "preferred_username": "lee"}
    with client(running) as first, client(running) as second:
        for opened in (first, second):
            sign_in(opened)

        def said(*arguments):
            assert main(["key", *arguments]) == 0
            return capsys.readouterr().out

        lines = [line.split() for line in said("sign-ins").splitlines() if line.endswith("lee")]
        assert len(lines) == 2
        assert first.cookies[_COOKIE] not in str(lines)
        assert said("sign-out", lines[0][0]).startswith("1 ")
        assert sorted([opens(first), opens(second)]) == [False, True]
        assert said("sign-out", lines[0][5]).startswith("1 ")
        assert [opens(first), opens(second)] == [False, False]
        assert main(["key", "sign-out", "nobody"]) == 2


def test_a_key_ends_its_other_sign_ins_after_it_is_given_again(home, riverbend, tmp_path):
    own = new_home(tmp_path / "home", home)
    text = key(own, "office")
    server = service(own, "--require-key", "--workers", "0")
    try:
        with client(server) as first, client(server) as second:
            for opened in (first, second):
                opened.post("/token", data={"token": text})
            changed(own, "UPDATE sessions SET created = created - 3600")
            assert 'name="next"' in second.get("/sign-ins").text
            assert second.post("/sign-ins/end", data={"csrf": csrf_of(second)}).status_code == 403
            again = second.post("/token", data={"token": text, "next": "sign-ins"})
            assert again.headers["Location"] == "/sign-ins"
            assert second.post("/sign-ins/end", data={"csrf": csrf_of(second)}).status_code == 303
            assert [opens(first), opens(second)] == [False, True]
    finally:
        server.stop()


def test_accounts_alone_need_a_provider():
    with pytest.raises(InputError, match="GEOSERVICE_OIDC_ONLY"):
        Settings.read({"GEOSERVICE_OIDC_ONLY": "true"})


def test_a_copy_of_the_database_holds_no_sign_in_and_nobodys_name(tmp_path):
    source, target = (connect(f"sqlite:///{tmp_path}/{name}.db") for name in ("from", "to"))
    person = Person("user:1", "Plantedname", ("planners",), "session", 1.0)
    Sessions(source, 3600).begin(person.owner, "", person)
    PendingSignIns(source).begin()
    copy_state(source, target)
    with target.connect() as connection:
        for table in (SESSIONS, PEOPLE, PROVIDER_SIGN_INS, PENDING_SIGN_INS):
            assert connection.execute(sa.select(table)).all() == []
    assert b"Plantedname" not in (tmp_path / "to.db").read_bytes()


@pytest.mark.parametrize(
    "change",
    [
        {"issuer": "https://other.example"},
        {"token_endpoint": "http://other.example/token"},
        {"authorization_endpoint": ""},
        {"end_session_endpoint": "http://other.example/leave"},
    ],
)
def test_a_document_of_another_issuer_or_with_plain_addresses_is_refused(
    provider, tmp_path, monkeypatch, change
):
    document = provider.metadata() | change
    monkeypatch.setattr(provider, "metadata", lambda: document)
    desk = desk_of(
        Settings.read(
            {
                "GEOSERVICE_HOME": str(tmp_path),
                "GEOSERVICE_PUBLIC_URL": "http://127.0.0.1",
                "GEOSERVICE_OIDC_ISSUER": provider.issuer,
                "GEOSERVICE_OIDC_CLIENT_ID": CLIENT,
                "GEOSERVICE_OIDC_SCOPES": "planners=maps:read",
            }
        )
    )
    with pytest.raises(InputError):
        desk.begin("http://127.0.0.1/sign-in/callback")
    assert desk.sign_out_address("http://127.0.0.1/") == ""
