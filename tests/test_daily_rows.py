"""A key that has sent its rows of the day waits; other keys do not."""

from batch_service import changed, client, finished, key, new_home, post, service, students


def test_a_key_that_has_sent_its_rows_of_the_day_waits(home, riverbend, tmp_path):
    place = new_home(tmp_path / "home", home)
    texts = key(place, "office"), key(place, "other")
    server = service(place, max_rows_per_day="50")
    try:
        with client(server, texts[0]) as office, client(server, texts[1]) as other:
            finished(office, students(60))
            refused = post(office, students(1))
            assert refused.status_code == 429, refused.text
            assert 86_000 < int(refused.headers["Retry-After"]) <= 86_400
            assert "60 rows" in refused.json()["detail"]
            finished(other, students(1))
            changed(place, "UPDATE jobs SET created = created - 86400 WHERE total = 60")
            finished(office, students(1))
    finally:
        server.stop()
