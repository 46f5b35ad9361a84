"""Services of one database share limits: by key, by address, of wrong keys, of open jobs."""

import itertools
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from batch_service import changed, client, key, new_home, rows_of, service
from postgres import cluster, stop

from geoservice.api.guesses import Guesses
from geoservice.api.rate_sharing import RateSharing
from geoservice.api.rates import Rate
from geoservice.errors import TooManyError
from geoservice.model.settings import Settings
from geoservice.service.keys import keys_of
from geoservice.state.database import connect
from geoservice.state.ledger import Ledger
from geoservice.state.shared_rates import RateLimit, SharedRates

_PER_S = 10
_BURST = 4 * _PER_S
_GUESSES = 6


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def services(request, home, riverbend, tmp_path_factory):
    """Two services of one database, and the text of a key."""
    own = new_home(tmp_path_factory.mktemp("two") / "home", home)
    named = {}
    if request.param == "postgresql":
        folder = request.getfixturevalue("postgres")
        named["database"] = f"postgresql://geoservice@/postgres?host={folder}"
    limits = {"requests_per_s": str(_PER_S), "failed_keys_per_minute": str(_GUESSES)}
    line = ("--require-key", "--workers", "0")
    environ = {f"GEOSERVICE_{name.upper()}": value for name, value in named.items()}
    keys = keys_of(Settings.read({"GEOSERVICE_HOME": str(own), **environ}))
    text = keys.create("script", ["maps:read"])
    started = [service(own, *line, **limits, **named) for _ in range(2)]
    time.sleep(3)  # Each counts the services every two seconds.
    yield started, text
    for server in started:
        server.stop()


def test_a_key_has_one_limit_over_two_services(services):
    (one, other), text = services
    with client(one, text) as here, client(other, text) as there:
        began = time.monotonic()
        answered = 0
        for opened in itertools.cycle((here, there)):
            answered += opened.get("/v1/regions").status_code == 200
            if time.monotonic() > began + 8:
                break
        allowed = _BURST + _PER_S * (time.monotonic() - began)
    # Two limits of their own would answer twice as much.
    assert 0.6 * allowed <= answered <= 1.1 * allowed


def test_a_key_at_one_service_has_the_full_rate(services):
    (one, _), text = services
    time.sleep(6)
    with client(one, text) as here:
        began = time.monotonic()
        answered = 0
        while time.monotonic() < began + 8:
            answered += here.get("/v1/regions").status_code == 200
        allowed = _BURST + _PER_S * (time.monotonic() - began)
    assert 0.6 * allowed <= answered <= 1.1 * allowed


def test_wrong_keys_are_counted_over_both(services):
    (one, other), text = services
    with client(one, "gs_00000000_wrong") as here, client(other, "gs_00000000_wrong") as there:
        statuses = [
            opened.get("/v1/regions").status_code for opened in (here, there) * (_GUESSES // 2 + 3)
        ]
    assert statuses.count(401) == _GUESSES
    assert set(statuses[_GUESSES:]) == {429}
    for server in (one, other):  # The right key waits too: nobody learns that it is right.
        with client(server, text) as opened:
            assert opened.get("/v1/regions").status_code == 429


@pytest.fixture
def engine(settings):
    """An empty database: SQLite, then PostgreSQL."""
    return connect(settings.database_url)


def test_levels_add_up_and_refill(engine):
    shared = SharedRates(engine)
    limit = RateLimit("requests", 10.0, 40.0)
    assert shared.spend(limit, {"a": 15.0, "b": 1.0}) == {"a": 25.0, "b": 39.0}
    assert 15.0 <= shared.spend(limit, {"a": 10.0})["a"] < 25.0
    debt = shared.spend(limit, {"a": 90.0})["a"]
    assert debt == -40.0
    time.sleep(1.0)
    assert -31.0 < shared.spend(limit, {"a": 0.0})["a"] < -10.0


def test_a_dead_service_is_counted_no_longer(engine):
    shared = SharedRates(engine)
    shared.enter("one")
    shared.enter("two")
    assert shared.services() == 2
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE services SET seen = seen - 60 WHERE id = 'one'"))
    assert shared.services() == 1
    shared.enter("two")
    with engine.connect() as connection:
        assert connection.execute(sa.text("SELECT id FROM services")).scalars().all() == ["two"]


def test_neither_keys_nor_addresses_are_stored(engine):
    shared = SharedRates(engine)
    Guesses(shared, 20).count("203.0.113.7")
    shared.spend(RateLimit("requests", 1.0, 4.0), {"key:abcd": 1.0})
    with engine.connect() as connection:
        text = str(connection.execute(sa.text("SELECT * FROM spent_rates")).all())
    assert "203.0" not in text
    assert "abcd" not in text


def test_open_jobs_are_limited_over_connections(engine):
    ledger = Ledger(engine)
    refused = threading.Semaphore(0)

    def add(number):
        job = {
            "id": f"job{number}",
            "owner": "key:a",
            "region": "r",
            "snapshot": "s",
            "file": "in.csv",
            "options": {},
        }
        try:
            ledger.add(job, most_open=3)
        except TooManyError:
            refused.release()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(add, range(24)))
    assert len(ledger.page("key:a", 100)) == 3


def test_without_the_database_lookups_keep_their_limit_and_guesses_end():
    with cluster() as folder:
        shared = SharedRates(connect(f"postgresql+psycopg://geoservice@/postgres?host={folder}"))
        rate = Rate(RateLimit("requests", 10.0, 40.0))
        sharing = RateSharing(shared, [rate])
        shared.enter("another")
        sharing.step()
        guesses = Guesses(shared, 20)
        stop(folder)
        assert sum(rate.take("a") == 0.0 for _ in range(100)) == 20
        with pytest.raises(sa.exc.SQLAlchemyError):
            sharing.step()
        assert rate.take("a") > 0
        with pytest.raises(sa.exc.SQLAlchemyError):
            guesses.count("203.0.113.7")


def test_a_service_alone_writes_nothing_for_requests(home, riverbend, tmp_path):
    own = new_home(tmp_path / "home", home)
    text = key(own, "script")
    server = service(own, "--require-key", "--workers", "0")
    try:
        with client(server, text) as opened:
            assert {opened.get("/v1/regions").status_code for _ in range(60)} == {200}
        time.sleep(1.5)
        assert rows_of(own, "SELECT * FROM spent_rates") == []
        assert len(changed(own, "SELECT * FROM services")) == 1
    finally:
        server.stop()
    assert rows_of(own, "SELECT * FROM services") == []
