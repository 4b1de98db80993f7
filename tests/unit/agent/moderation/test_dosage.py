"""Amounts of a medicine."""

from __future__ import annotations

import pytest

from agent.moderation.dosage import has_dosage

DOSES = (
    "Take 400 mg every six hours.", "2.5 ml twice a day", "two tablets at night", "10mg/kg", "5-mg tablet", "four hundred milligrams", "four hundred and fifty mg",
    "take a tablet", "1/2 tablet", "½ tablet", "half a tablet", "**400** mg", "400\u00a0mg", "4 0 0 m g", "400 m.g", "dose of 400", "two more pills", "three of the tablets",
    "1,000 mg", "give 2-3 mL", "_half a_ tablet", "take two every four hours", "give 3 at once", "1000 IU", "ten ml", "4\u200b00 mg", "400\nmg",
    "Toma 500 miligramos", "media pastilla", "quinientos miligramos", "una dosis de 400", "tome una pastilla", "dos comprimidos", "toma dos cada ocho horas", "un cuarto de pastilla",
    "吃两片", "每次５毫升", "服用一粒", "三百毫克", "剂量为400", "一片布洛芬", "每公斤10毫克", "一次不超过**一**勺", "**三**粒",
    "خذ ٢٠٠ ملغ", "حبتين", "أربعمئة ملغ", "ثلاث حبات", "نصف حبة", "خذ حبة واحدة", "٥٠٠ ملليغرام", "خمس قطرات", "ابدأ بخمس حبات",
)  # fmt: skip
"""Amounts as they are written, in digits and in words."""

NO_DOSES = (
    "Weigh your child and read the label.", "Call 911 or 1-800-222-1222.", "A child who weighs 14 kg", "Blood sugar of 100 mg/dL", "three days of fever", "version 3.5",
    "GPL-3.0", "5G network", "three people took pills", "take the second dose on time", "two kinds of pills", "Do not take two doses together.", "18 U.S.C. 1030",
    "una pastilla de origen desconocido", "一片混乱", "14千克", "一半的人", "第一片段", "لا تتناول جرعة زائدة", "Take one day at a time.", "Give one person the list.", "Use two per page.", "covid-19 tablets were sold", "每天一片面包", "每天一包烟", "Toma dos fotos.",
)  # fmt: skip


@pytest.mark.parametrize("text", DOSES)
def test_an_amount_of_a_medicine_is_a_dose(text):
    assert has_dosage(text)


@pytest.mark.parametrize("text", NO_DOSES)
def test_other_numbers_are_no_dose(text):
    assert not has_dosage(text)
