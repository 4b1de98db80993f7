"""Code, commands and payloads."""

from __future__ import annotations

import pytest

from agent.moderation.snippets import has_code

CODE = (
    "```python", "import os\n", "Run sudo -s", "curl -X POST", "os.system('x')", "' OR '1'='1", "x UNION SELECT y", "$ nmap", "nmap -sV 10.0.0.1", "run `rm -rf /`",
    "cat /etc/passwd | grep root", "powershell -enc AAAA", "def f(x):", "for i in range(3):\n    print(i)", "SELECT * FROM users", "x = foo(1)", "git clone --depth 1",
    "int main() {\n return 0;\n}", "<script>alert(1)</script>",
    "import socket, struct\n", "chmod +x run.sh", "a.sh && ./b.sh", "git clone https://host/x", "Type pip install requests now.", "for (let i = 0; i < 9; i++) { go(i); }",
    "Write <?php echo 1; ?>", "say DROP TABLE users",
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
        "Go install a smoke alarm.",
        "R&D at AT&T",
        "If (and only if) you must, ask.",
        "Drop tables and chairs in the hall.",
        "Switch (off) the heater {and wait}.",
    ],
)
def test_prose_about_such_things_is_no_code(text):
    assert not has_code(text)
