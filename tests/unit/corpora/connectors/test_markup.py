"""Markdown without its markup."""

from __future__ import annotations

from corpora.connectors.markup import blocks_of, plain, read_markdown, without_templates

PAGE = """\
# Keep passwords safe

Opening words.

## Store them {#store}

Use a *slow* [hash](https://example.org), such as `argon2`.

```python
# This is a comment and no heading
## neither is this
print("x")
```

~~~
### nor this
~~~

### Salt

- First
  go on
- Second

  A paragraph of the second.
    1. Inner

| Function | Use |
|----------|-----|
| argon2   | yes |

##### Small print

Last words.
"""


def test_headings_make_parts_and_code_makes_none() -> None:
    page = read_markdown(PAGE)
    assert page.title == "Keep passwords safe"
    assert [part.heading for part in page.parts] == ["Keep passwords safe", "Store them {#store}", "Store them: Salt"]
    assert page.code_blocks == 2
    assert page.parts[1].blocks[0].text == "Use a slow hash, such as argon2."
    assert [(block.kind, block.text) for block in page.parts[2].blocks] == [
        ("bullet", "First go on"),
        ("bullet", "Second"),
        ("prose", "A paragraph of the second."),
        ("bullet", "Inner"),
        ("bullet", "Function; Use"),
        ("bullet", "argon2; yes"),
        ("prose", "Small print"),
        ("prose", "Last words."),
    ]


def test_a_page_without_a_title_takes_the_one_that_is_given() -> None:
    assert [part.heading for part in read_markdown("Words.\n\n## More\n\nWords.", "Given").parts] == ["Given", "More"]


def test_words_of_site_generators_are_taken_out() -> None:
    text = """\
{% include menu.html %}
{% capture note %}hidden{% endcapture %}
{{< toc >}}
See [the page]({{ site.baseurl }}/page).[^1]
{: .lead }
<!-- a comment
over lines -->
!!! warning "Mind this"
    Words inside.

    ## Inside

::: info
Words between.
:::
"""
    parts = read_markdown(text).parts
    words = " ".join(block.text for part in parts for block in part.blocks)
    assert words == "See the page. Mind this Words inside. Words between."
    assert "Inside" in [part.heading for part in parts]


def test_code_is_left_as_it_is_by_what_replaces_templates() -> None:
    assert "!!! note" in without_templates("```\n!!! note\n```")


def test_html_is_read_as_a_reader_sees_it() -> None:
    page = read_markdown(
        '<aside>One &amp; two<script>alert("x")</script></aside>\n\n<table><tr>\n<td>a</td>\n<td>b</td>\n</tr></table>'
    )
    assert [block.text for part in page.parts for block in part.blocks] == ["One & two", "a; b"]
    assert plain("<p>a</p><style>b {}</style><p>c<br>d</p>") == "a\nc\nd"


def test_only_the_blocks_of_a_piece_are_asked_for() -> None:
    assert [block.text for block in blocks_of("One.\n\n* two\n")] == ["One.", "two"]
