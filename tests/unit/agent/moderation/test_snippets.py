"""Code, commands and payloads."""

from __future__ import annotations

import pytest

from agent.moderation.snippets import has_code

CODE = (
    "```python", "import os\n", "Run sudo -s", "curl -X POST", "os.system('x')", "' OR '1'='1", "x UNION SELECT y", "$ nmap", "nmap -sV 10.0.0.1", "run `rm -rf /`",
    "cat /etc/passwd | grep root", "powershell -enc AAAA", "def f(x):", "for i in range(3):\n    print(i)", "SELECT * FROM users", "x = foo(1)", "git clone --depth 1",
    "int main() {\n return 0;\n}", "<script>alert(1)</script>",
)  # fmt: skip


@pytest.mark.parametrize("text", CODE)
def test_code_and_commands_are_code(text):
    assert has_code(text)


@pytest.mark.parametrize(
    "text",
    [
        "Import duties rose.",
        "Curl your hair.",
        "The system evaluates users.",
        "from one class to another",
        "Use a password manager; it helps.\nAnd rest.",
        "Set the net price (in euros).",
        "Select a doctor from the list.",
        "The file (see above) is at home.",
        "Use the `Settings` menu.",
    ],
)
def test_prose_about_such_things_is_no_code(text):
    assert not has_code(text)
