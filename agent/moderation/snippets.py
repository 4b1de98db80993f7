"""Code, commands and payloads in a text."""

from __future__ import annotations

import re
from typing import Final

_TOOLS: Final = (
    "sudo|curl|wget|nmap|msfvenom|msfconsole|hydra|hashcat|john|mimikatz|sqlmap|powershell|pwsh|chmod|chown|certutil|netcat|ncat|nc|bash|sh|zsh|python3?|pip3?|perl|ruby|"
    "node|npm|npx|gcc|docker|kubectl|ssh|scp|ftp|telnet|openssl|gpg|adb|fastboot|frida|ffmpeg|youtube-dl|yt-dlp|reg|schtasks|rundll32|regsvr32|wmic|net|netsh|iptables|"
    "tcpdump|aircrack-ng|airodump-ng|aireplay-ng|responder|gobuster|ffuf|nikto|git|systemctl|crontab|rm|cp|mv|cat|grep|sed|awk|tar|dd|mkfs|insmod|gdb|strace|objdump"
)
_CODE: Final = re.compile(
    r"```|~~~|`{1,2}[^`\n]*(?:\(\)|\$\(|&&|\|\s*\w|--?\w|[;{}<>=]|/\w+/)[^`\n]*`"
    r"|(?:^|\n)[ \t>]*(?:import [a-z_][\w.]*(?:, ?[a-z_][\w.]*)*\s*(?:$|\n|;|as )|from [\w.]+ import |#include\s*<|#!/|def \w+\s*\(|(?:async )?function \w*\s*\(|class \w+\s*[({:]|"
    r"(?:const|let|var) \w+\s*=|using System|package main|func \w+\(|fn \w+\(|<script|public (?:static|class) |int main\s*\(|Sub \w+\(|Dim \w+ As |"
    r"(?:if|for|while|try|else|except)\b[^\n]{0,80}:\s*\n[ \t]+\S)"
    r"|(?-i:\bSELECT\b.{1,200}\bFROM\b|\b(?:INSERT INTO|DROP (?:TABLE|DATABASE)|DELETE FROM|UPDATE \w+ SET)\b)|<\?(?:php|=)"
    r"|\b(?:for|while|if|catch|switch)\s?\([^()\n]{0,120}(?:\([^()\n]*\)[^()\n]{0,40}){0,3}\)\s*\{"
    rf"|(?:^|[\s`(>])(?:git (?:clone|push|pull|checkout|commit|reset|config)|(?:pip3?|npm|apt|apt-get|brew|yum|dnf|gem|cargo) install|docker (?:run|exec|pull|build)|kubectl \w+|chmod (?:\+|[0-7]{{3}}))\s?[\w./+:@~-]"
    rf"|(?:^|[\s`(>])(?:{_TOOLS})(?:\.exe)?(?:\s+[\w./:@-]+){{0,4}}?\s+(?:-{{1,2}}[A-Za-z][\w-]*|/[a-z]{{1,3}}\b)"
    rf"|(?:^|\n)\s*[$#%>]\s?(?:\./)?(?:{_TOOLS})\b"
    rf"|(?:^|\n)\s*(?:C:\\[^\n>]*|PS [A-Z]:\\[^\n>]*|\w+@[\w-]+:[^\n$#]*)[>$#]"
    r"|\S\s?&&\s?[\w./]|(?:\|\||\|)\s*(?:sudo|bash|sh|grep|xargs|tee|base64|nc|python3?|iex)\b|2>&1|>\s?/dev/null|\$\(\w+|\bIEX\b\s*\(|Invoke-(?:WebRequest|Expression|Mimikatz)\b"
    r"|\b(?:subprocess|os\.system|eval|exec|VirtualAlloc(?:Ex)?|CreateRemoteThread|WriteProcessMemory|socket\.socket|SetWindowsHookEx\w*|GetAsyncKeyState|document\.cookie|system|popen)\s?(?:\(|\.(?:run|Popen|call)\()"
    r"|\bUNION\s+(?:ALL\s+)?SELECT\b|'\s*OR\s+'?1'?\s*=\s*'?1|<script\b|javascript:|onerror\s*=|\.\./\.\./|(?:\\x[0-9a-f]{2}){3,}|\bHKEY_\w+\\|\bHK(?:LM|CU):?\\"
    r"|\b\w+\s*=\s*\w+(?:\.\w+)*\([^)\n]*\)|(?:^|\n)[^\n]{0,120}[;{]\s*(?:\n|$)[^\n]{0,120}[;{}]",
    re.IGNORECASE,
)


def has_code(text: str) -> bool:
    """True when the text holds code, a command line or an injection payload; the name of a tool in prose is none."""
    return _CODE.search(text) is not None
