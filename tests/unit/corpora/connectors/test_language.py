"""The language of one section."""

from __future__ import annotations

import pytest

from corpora.connectors.language import language_of


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Report the weakness to the owner of the site, and give them the time to mend it before you publish.", "en"),
        (
            "Avisa al dueño del sitio de la debilidad y dale tiempo para corregirla antes de publicarla en ninguna parte.",
            "es",
        ),
        (
            "Signalez la faiblesse au propriétaire du site et laissez-lui le temps de la corriger avant de publier.",
            "fr",
        ),
        (
            "Melden Sie die Schwachstelle dem Betreiber und geben Sie ihm Zeit, sie zu beheben, bevor Sie sie veröffentlichen.",
            "de",
        ),
        ("请把漏洞报告给网站所有者", "zh"),
        ("脆弱性はサイトの管理者に報告してください。公開する前に修正する時間を与えましょう。", "ja"),
        ("أبلغ مالك الموقع عن الثغرة وامنحه وقتا كافيا لإصلاحها قبل أن تنشر أي شيء عنها.", "ar"),
        ("Сообщите владельцу сайта об уязвимости и дайте ему время исправить её до публикации.", "ru"),
        ("验证 OAuth 令牌 token 与 session 的 refresh token 都会失效", "zh"),
        ("NIST 800-63", ""),
        ("12345", ""),
    ],
)
def test_a_text_tells_its_language(text: str, language: str) -> None:
    assert language_of(text) == language
