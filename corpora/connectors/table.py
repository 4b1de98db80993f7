"""Every connector by its name."""

from __future__ import annotations

from typing import Final

from corpora.connectors.asvs import ASVS
from corpora.connectors.atlas import ATLAS
from corpora.connectors.base import Connector
from corpora.connectors.fhir import FHIR
from corpora.connectors.gettext import GETTEXT
from corpora.connectors.licences import LICENCES
from corpora.connectors.markdown import Markdown
from corpora.connectors.medquad import MEDQUAD
from corpora.connectors.oscal import OSCAL
from corpora.connectors.pages import PAGES
from corpora.connectors.pdf import PDF
from corpora.connectors.stix import STIX
from corpora.connectors.uslm import USLM

CONNECTORS: Final[dict[str, Connector]] = {
    "markdown": Markdown(),
    "oscal": OSCAL,
    "asvs": ASVS,
    "atlas": ATLAS,
    "stix": STIX,
    "medquad": MEDQUAD,
    "fhir": FHIR,
    "uslm": USLM,
    "licences": LICENCES,
    "gettext": GETTEXT,
    "html": PAGES,
    "pdf": PDF,
}
