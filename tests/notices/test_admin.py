"""The desk's pages: scope, actions, files."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from notices import services
from notices.models import IssuerProfile, Notice, Objection, PostingEvidence
from notices.printing import weasy
from tests.factories.documents import sample_content, sample_poster
from tests.factories.notices import Place
from tests.factories.photos import photo_bytes

LIST = "/admin/notices/notice/"


def draft(place: Place, subject: str = "s", title: str = "关于公布板坑村2026年10月积分情况的公示") -> Notice:
    return services.draft_notice(
        actor=place.cadre,
        kind="points_list",
        village=place.village,
        period="2026-10",
        subject_key=subject,
        content=sample_content(title),
        poster=sample_poster(),
    )


@pytest.fixture
def notice(place: Place, travel_to: Any) -> Notice:
    travel_to("2026-11-02 09:00")
    return draft(place)


def as_user(client: Client, user: Any) -> Client:
    client.force_login(user, backend="cogov.access.backends.DutyBackend")
    return client


def test_the_list_shows_only_the_users_places(client: Client, notice: Notice, place: Place) -> None:
    assert notice.title in as_user(client, place.cadre).get(LIST).content.decode()
    assert notice.title not in as_user(client, place.stranger).get(LIST).content.decode()


@pytest.mark.parametrize(
    "page", ["change/", "history/", "pdf/a4/", "print/a4/", "print/a4/style.css", "do/publish/"]
)
def test_a_foreign_notice_is_not_found(client: Client, notice: Notice, place: Place, page: str) -> None:
    assert as_user(client, place.stranger).get(f"{LIST}{notice.pk}/{page}").status_code == 404
    assert as_user(client, place.secretary).get(f"{LIST}{notice.pk}/{page}").status_code == 200


def test_check_and_publish_from_the_page(client: Client, notice: Notice, place: Place) -> None:
    url = f"{LIST}{notice.pk}/do/"
    assert as_user(client, place.cadre).post(f"{url}check/", {"comment": ""}).status_code == 302
    assert client.get(f"{url}publish/").status_code == 404
    answer = as_user(client, place.secretary).post(f"{url}publish/", {"comment": "同意"}, follow=True)
    assert "已发布：板坑村公示〔2026〕1号" in answer.content.decode()
    notice.refresh_from_db()
    assert notice.state == "published"


def test_the_drafter_is_told_why_he_cannot_publish(client: Client, place: Place) -> None:
    own = services.draft_notice(
        actor=place.secretary,
        kind="points_list",
        village=place.village,
        subject_key="own",
        content=sample_content(),
    )
    answer = as_user(client, place.secretary).post(f"{LIST}{own.pk}/do/publish/", {"comment": ""})
    assert answer.status_code == 400
    assert "起草人不能发布自己起草的文书" in answer.content.decode()
    own.refresh_from_db()
    assert own.state == "draft"


def test_batch_publication_goes_on_after_a_refusal(client: Client, place: Place, notice: Notice) -> None:
    bad = services.draft_notice(
        actor=place.cadre,
        kind="points_list",
        village=place.village,
        subject_key="bad",
        content=sample_content("缺依据", basis=()),
    )
    data = {
        "action": "publish_many",
        "_selected_action": [notice.pk, bad.pk],
        "desk_confirm": "1",
        "comment": "",
    }
    answer = as_user(client, place.clerk).post(LIST, data, follow=True).content.decode()
    assert "已办理 1 条" in answer
    assert "缺少公示依据" in answer
    assert list(Notice.objects.order_by("pk").values_list("state", flat=True)) == ["published", "draft"]


def test_pdf_and_poster_are_served(client: Client, notice: Notice, place: Place) -> None:
    as_user(client, place.cadre)
    for layout in ("a4", "poster"):
        answer = client.get(f"{LIST}{notice.pk}/pdf/{layout}/")
        assert answer["Content-Type"] == "application/pdf"
        assert answer.content.startswith(b"%PDF")
    assert client.get(f"{LIST}{notice.pk}/pdf/a5/").status_code == 404


def test_without_pango_the_browser_page_takes_the_place_of_the_pdf(
    client: Client, notice: Notice, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unavailable() -> None:
        raise weasy.PrintingUnavailable("本机缺少 libpango-1.0-0")

    monkeypatch.setattr(weasy, "_engine", unavailable)
    answer = as_user(client, place.cadre).get(f"{LIST}{notice.pk}/pdf/a4/", follow=True)
    page = answer.content.decode()
    assert answer.redirect_chain[0][0].endswith(f"/{notice.pk}/print/a4/")
    assert "libpango-1.0-0" in page
    assert "style=" not in page and "<style" not in page
    css = client.get(f"{LIST}{notice.pk}/print/a4/style.css")
    assert css["Content-Type"].startswith("text/css")
    assert "/static/fonts/GCFangSong.ttf" in css.content.decode()


def test_posting_and_objection_from_the_page(client: Client, notice: Notice, place: Place) -> None:
    services.publish_notice(actor=place.secretary, notice=notice)
    url = f"{LIST}{notice.pk}/do/"
    as_user(client, place.cadre)
    photo = SimpleUploadedFile("board.jpg", photo_bytes())
    sent = client.post(f"{url}post/", {"posted_on": "2026-11-02", "board": "村委会公示栏", "photo": photo})
    assert sent.status_code == 302
    assert PostingEvidence.objects.get().board == "村委会公示栏"
    sent = client.post(
        f"{url}object/", {"channel": "counter", "person": "张三", "phone": "", "text": "少记5分"}
    )
    assert sent.status_code == 302
    row = Objection.objects.get()
    objection = f"/admin/notices/objection/{row.pk}/"
    assert "少记5分" in client.get(f"{objection}change/").content.decode()
    assert client.post(f"{objection}do/answer/", {"upheld": "no", "answer": "无误"}).status_code == 404
    as_user(client, place.secretary)
    todo = client.get("/admin/").content.decode()
    assert "异议待答复" in todo
    assert client.post(f"{objection}do/answer/", {"upheld": "no", "answer": "无误"}).status_code == 302
    row.refresh_from_db()
    assert (row.state, row.upheld) == ("answered", False)


def test_a_seal_must_be_a_picture(client: Client, notice: Notice, place: Place) -> None:
    profile = IssuerProfile.objects.get(village=place.village)
    url = f"/admin/notices/issuerprofile/{profile.pk}/change/"
    values = {name: getattr(profile, name) for name in (
        "heading", "signer", "prefix", "objection_place", "objection_telephone", "objection_receiver",
    )}  # fmt: skip
    as_user(client, place.clerk)
    bad = client.post(
        url, {**values, "prefix": "改", "seal_file": SimpleUploadedFile("x.png", b"<svg onload=x>")}
    )
    assert bad.status_code == 200
    assert "印章文件不是图片" in bad.content.decode()
    profile.refresh_from_db()
    assert (profile.seal, profile.prefix) == ("", "板坑村")
    good = client.post(url, {**values, "seal_file": SimpleUploadedFile("x.png", photo_bytes("PNG"))})
    assert good.status_code == 302
    profile.refresh_from_db()
    assert profile.seal.startswith("iVBOR")
    sealed = services.publish_notice(actor=place.secretary, notice=notice)
    assert sealed.snapshot.document["issuer"]["seal"] == profile.seal


def test_lists_take_a_fixed_number_of_queries(
    client: Client, place: Place, travel_to: Any, django_assert_max_num_queries: Any
) -> None:
    travel_to("2026-11-02 09:00")
    for i in range(12):
        draft(place, f"s{i}")
    as_user(client, place.clerk)
    with django_assert_max_num_queries(12):
        client.get(LIST)
