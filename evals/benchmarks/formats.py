"""The benchmarks: what their files are called, which columns they have, how a row is read, and under which licence they come.

A row is a request that is harmful or not. Rows that are neither, such as requests that cannot be answered for other reasons,
are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final, NamedTuple

Row = dict[str, str]
OWN: Final = "jsonl"
"""The name for any JSON Lines of ``{id, text, label, lang}``."""


class Prompt(NamedTuple):
    """A request of a benchmark; ``category`` in the words of its authors."""

    id: str
    text: str
    harmful: bool
    lang: str
    category: str


class Item(NamedTuple):
    """A request of a row."""

    text: str
    harmful: bool
    category: str = ""
    lang: str = "en"


class Benchmark(NamedTuple):
    """How the file of a benchmark is read."""

    title: str
    file: str
    """What it is called where its authors publish it."""
    page: str
    columns: tuple[str, ...]
    """Columns or fields it must have; none for a file without a heading, whose only column is then ``text``."""
    items: Callable[[Row], Iterable[Item]]
    licence: str
    url: str | None = None
    """Where the file is; ``None`` where its authors want a form filled in, or publish another format."""
    sha256: str | None = None
    """Of the file at the URL, where we know it."""


def _harmful(text: str, category: str | None = None) -> Callable[[Row], Iterable[Item]]:
    """Every row is a harmful request, in this column."""
    return lambda row: [Item(row[text], True, row[category] if category else "")]


def _benign(text: str, category: str | None = None) -> Callable[[Row], Iterable[Item]]:
    """Every row is a request that only looks harmful, in this column."""
    return lambda row: [Item(row[text], False, row[category] if category else "")]


def _xstest(row: Row) -> Iterator[Item]:
    kind = row["type"]
    label = row.get("label") or ("unsafe" if kind.startswith("contrast") else "safe")
    yield Item(row["prompt"], label == "unsafe", kind)


def _openai_moderation(row: Row) -> Iterator[Item]:
    flagged = [name for name in ("S", "H", "V", "HR", "SH", "S3", "H2", "V2") if row.get(name) in ("1", "1.0")]
    yield Item(row["prompt"], bool(flagged), " ".join(flagged))


def _toxicchat(row: Row) -> Iterator[Item]:
    harmful = row["toxicity"] == "1" or row["jailbreaking"] == "1"
    yield Item(row["user_input"], harmful, "jailbreaking" if row["jailbreaking"] == "1" else "")


def _harmbench(row: Row) -> Iterator[Item]:
    context = row.get("ContextString", "").strip()
    yield Item(f"{context}\n\n{row['Behavior']}" if context else row["Behavior"], True, row["SemanticCategory"])


def _wildguard(row: Row) -> Iterator[Item]:
    """Rows on which the annotators did not agree have no label and are left out."""
    if row["prompt_harm_label"] in ("harmful", "unharmful"):
        adversarial = "adversarial" if row.get("adversarial", "").lower() in ("true", "1") else "vanilla"
        yield Item(row["prompt"], row["prompt_harm_label"] == "harmful", adversarial)


def _coconot(row: Row) -> Iterator[Item]:
    """Only requests with safety concerns are harmful; the others cannot be answered for reasons of their own."""
    if row["category"] == "Requests with safety concerns":
        yield Item(row["prompt"], True, row.get("subcategory", ""))


def _ailuminate(row: Row) -> Iterator[Item]:
    yield Item(row["prompt_text"], True, row["hazard"], row.get("locale", "en")[:2].lower() or "en")


def _prompt_injection(row: Row) -> Iterator[Item]:
    """What the user says, in which the injection is. It harms where it asks for something harmful."""
    yield Item(row["user_input"], row.get("risk_category") == "security-violating", row["injection_type"])


def _multijail(row: Row) -> Iterator[Item]:
    """A column a language."""
    for lang in ("en", "zh", "ar", "it", "vi", "ko", "th", "bn", "sw", "jv"):
        if row.get(lang, "").strip():
            yield Item(row[lang], True, row["tags"], lang)


def _xsafety(row: Row) -> Iterator[Item]:
    """The name of the folder is the language, that of the file the category."""
    yield Item(row["text"], True, row["file"], row["folder"])


_GITHUB: Final = "https://raw.githubusercontent.com"
_HUB: Final = "https://huggingface.co/datasets"
_PURPLE: Final = f"{_GITHUB}/meta-llama/PurpleLlama/main/CybersecurityBenchmarks/datasets"
_PURPLE_PAGE: Final = "github.com/meta-llama/PurpleLlama"

BENCHMARKS: Final[dict[str, Benchmark]] = {
    "xstest": Benchmark(
        "XSTest",
        "xstest_prompts.csv",
        "github.com/paul-rottger/xstest",
        ("prompt", "type"),
        _xstest,
        "CC BY 4.0",
        f"{_GITHUB}/paul-rottger/xstest/main/xstest_prompts.csv",
    ),
    "or-bench-80k": Benchmark(
        "OR-Bench, 80k",
        "or-bench-80k.csv",
        "huggingface.co/datasets/bench-llm/or-bench",
        ("prompt", "category"),
        _benign("prompt", "category"),
        "CC BY 4.0",
        f"{_HUB}/bench-llm/or-bench/resolve/main/or-bench-80k.csv",
    ),
    "or-bench-hard": Benchmark(
        "OR-Bench, hard 1k",
        "or-bench-hard-1k.csv",
        "huggingface.co/datasets/bench-llm/or-bench",
        ("prompt", "category"),
        _benign("prompt", "category"),
        "CC BY 4.0",
        f"{_HUB}/bench-llm/or-bench/resolve/main/or-bench-hard-1k.csv",
    ),
    "or-bench-toxic": Benchmark(
        "OR-Bench, toxic",
        "or-bench-toxic.csv",
        "huggingface.co/datasets/bench-llm/or-bench",
        ("prompt", "category"),
        _harmful("prompt", "category"),
        "CC BY 4.0",
        f"{_HUB}/bench-llm/or-bench/resolve/main/or-bench-toxic.csv",
    ),
    "openai-moderation": Benchmark(
        "OpenAI moderation evaluation",
        "samples-1680.jsonl",
        "github.com/openai/moderation-api-release",
        ("prompt",),
        _openai_moderation,
        "MIT",
    ),
    "toxicchat": Benchmark(
        "ToxicChat",
        "toxic-chat_annotation_test.csv",
        "huggingface.co/datasets/lmsys/toxic-chat",
        ("user_input", "toxicity", "jailbreaking"),
        _toxicchat,
        "CC BY-NC 4.0",
        f"{_HUB}/lmsys/toxic-chat/resolve/main/data/0124/toxic-chat_annotation_test.csv",
    ),
    "harmbench": Benchmark(
        "HarmBench",
        "harmbench_behaviors_text_all.csv",
        "github.com/centerforaisafety/HarmBench",
        ("Behavior", "SemanticCategory"),
        _harmbench,
        "MIT",
        f"{_GITHUB}/centerforaisafety/HarmBench/main/data/behavior_datasets/harmbench_behaviors_text_all.csv",
    ),
    "jailbreakbench": Benchmark(
        "JailbreakBench, harmful behaviours",
        "harmful-behaviors.csv",
        "huggingface.co/datasets/JailbreakBench/JBB-Behaviors",
        ("Goal", "Category"),
        _harmful("Goal", "Category"),
        "MIT",
        f"{_HUB}/JailbreakBench/JBB-Behaviors/resolve/main/data/harmful-behaviors.csv",
    ),
    "jailbreakbench-benign": Benchmark(
        "JailbreakBench, benign behaviours",
        "benign-behaviors.csv",
        "huggingface.co/datasets/JailbreakBench/JBB-Behaviors",
        ("Goal", "Category"),
        _benign("Goal", "Category"),
        "MIT",
        f"{_HUB}/JailbreakBench/JBB-Behaviors/resolve/main/data/benign-behaviors.csv",
    ),
    "simplesafetytests": Benchmark(
        "SimpleSafetyTests",
        "sst_test_cases.csv",
        "github.com/bertiev/SimpleSafetyTests",
        ("prompt", "harm_area"),
        _harmful("prompt", "harm_area"),
        "CC BY 2.0",
    ),
    "advbench": Benchmark(
        "AdvBench",
        "harmful_behaviors.csv",
        "github.com/llm-attacks/llm-attacks",
        ("goal",),
        _harmful("goal"),
        "MIT",
        f"{_GITHUB}/llm-attacks/llm-attacks/main/data/advbench/harmful_behaviors.csv",
    ),
    "strongreject": Benchmark(
        "StrongREJECT",
        "strongreject_dataset.csv",
        "github.com/dsbowen/strong_reject",
        ("forbidden_prompt", "category"),
        _harmful("forbidden_prompt", "category"),
        "MIT",
        f"{_GITHUB}/alexandrasouly/strongreject/main/strongreject_dataset/strongreject_dataset.csv",
    ),
    "do-not-answer": Benchmark(
        "Do-Not-Answer",
        "data_en.csv",
        "github.com/Libr-AI/do-not-answer",
        ("question", "risk_area"),
        _harmful("question", "risk_area"),
        "CC BY-NC-SA 4.0",
        f"{_GITHUB}/Libr-AI/do-not-answer/main/datasets/Instruction/do_not_answer_en.csv",
    ),
    "coconot": Benchmark(
        "CoCoNot, original",
        "coconot-original-test.jsonl",
        "huggingface.co/datasets/allenai/coconot",
        ("prompt", "category"),
        _coconot,
        "ODC-BY",
    ),
    "coconot-contrast": Benchmark(
        "CoCoNot, contrast",
        "coconot-contrast-test.jsonl",
        "huggingface.co/datasets/allenai/coconot",
        ("prompt", "category"),
        _benign("prompt", "category"),
        "ODC-BY",
    ),
    "wildguardtest": Benchmark(
        "WildGuardTest",
        "wildguard_test.jsonl",
        "huggingface.co/datasets/allenai/wildguardmix",
        ("prompt", "prompt_harm_label"),
        _wildguard,
        "ODC-BY, and a form to accept",
    ),
    "ailuminate": Benchmark(
        "AILuminate 1.0, public demonstration prompts",
        "airr_official_1.0_demo_en_us_prompt_set_release.csv",
        "github.com/mlcommons/ailuminate",
        ("prompt_text", "hazard"),
        _ailuminate,
        "CC BY 4.0",
        f"{_GITHUB}/mlcommons/ailuminate/main/airr_official_1.0_demo_en_us_prompt_set_release.csv",
    ),
    "medsafetybench": Benchmark(
        "MedSafetyBench",
        "med_safety_demonstrations_category_1.csv",
        "github.com/AI4LIFE-GROUP/med-safety-bench",
        ("harmful_medical_request",),
        _harmful("harmful_medical_request"),
        "MIT, for research",
        f"{_GITHUB}/AI4LIFE-GROUP/med-safety-bench/main/datasets/test/gpt4/med_safety_demonstrations_category_1.csv",
    ),
    "cyberseceval-frr": Benchmark(
        "CyberSecEval, false refusals",
        "mitre_frr.json",
        _PURPLE_PAGE,
        ("mutated_prompt",),
        _benign("mutated_prompt"),
        "MIT",
        f"{_PURPLE}/mitre_frr/mitre_frr.json",
    ),
    "cyberseceval-mitre": Benchmark(
        "CyberSecEval, MITRE",
        "mitre_benchmark_100_per_category_with_augmentation.json",
        _PURPLE_PAGE,
        ("mutated_prompt", "mitre_category"),
        _harmful("mutated_prompt", "mitre_category"),
        "MIT",
        f"{_PURPLE}/mitre/mitre_benchmark_100_per_category_with_augmentation.json",
    ),
    "cyberseceval-injection": Benchmark(
        "CyberSecEval, prompt injection",
        "prompt_injection.json",
        _PURPLE_PAGE,
        ("user_input", "injection_type"),
        _prompt_injection,
        "MIT",
        f"{_PURPLE}/prompt_injection/prompt_injection.json",
    ),
    "xsafety": Benchmark(
        "XSafety",
        "the repository: a folder a language, a CSV file without a heading a category",
        "github.com/Jarviswang94/Multilingual_safety_benchmark",
        (),
        _xsafety,
        "Apache-2.0",
    ),
    "multijail": Benchmark(
        "MultiJail",
        "MultiJail.csv",
        "huggingface.co/datasets/DAMO-NLP-SG/MultiJail",
        ("en", "tags"),
        _multijail,
        "MIT",
        f"{_HUB}/DAMO-NLP-SG/MultiJail/resolve/main/MultiJail.csv",
    ),
}
"""Name -> benchmark."""
