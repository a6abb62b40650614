"""The early adopters of the invented world, as a registry has them."""

from __future__ import annotations

from typing import Final

from ppstui.model import Ref, Team

_TEAMS: Final = (
    ("rt", "NGI_IT", "INFN-T1", "storm argus dpm emi-ui gfal2", True),
    ("rt", "NGI_IT", "INFN-PADOVA", "cream-ce dpm proxyrenewal", True),
    ("rt", "NGI_IBERGRID", "LIP-Lisbon", "cream-ce px mpi frontier-squid", True),
    ("rt", "NGI_IBERGRID", "pic", "dcache cvmfs canl-c", True),
    ("rt", "NGI_CZ", "praguelcg2", "dpm lb davix", True),
    ("rt", "NGI_FI", "FI_HIP_T2", "arc6 arc-ce emi-ui", True),
    ("rt", "AsiaPacific", "LCG_KNU", "glite-CREAM amga xrootd", True),
    ("rt", "NGI_HR", "egee.srce.hr", "unicore-tsi6 torque-server dmlite", True),
    ("rt", "NGI_UK", "UKI-SCOTGRID-GLASGOW", "bdii-site lfc_mysql dpm htcondor-ce", True),
    ("rt", "CERN", "CERN-PROD", "fts glite-LFC_oracle wms cvmfs", True),
    ("rt", "NGI_GRNET", "HG-03-AUTH", "voms-mysql arc-ce", True),
    ("rt", "NGI_PL", "CYFRONET-LCG2", "wms emi-wn argo-ncg unicore-uas", True),
    ("rt", "NGI_NL", "SARA-MATRIX", "glexec-wn lfc_mysql", False),
    ("umd", "NGI_DE", "FZK-LCG2", "htcondor-ce cloud-info-provider", True),
    ("umd", "Russia", "RU-Protvino-IHEP", "arc-ce dcache", True),
    ("umd", "ROC_LA", "EELA-UNLP", "voms-mysql htcondor-ce", True),
)
"""Source, NGI, site, components, and whether it still takes part."""


def teams() -> tuple[Team, ...]:
    """Every team of both sources, numbered in each."""
    told: list[Team] = []
    for source, ngi, site, components, active in _TEAMS:
        number = 1 + sum(team.ref.source == source for team in told)
        name = f"ea-{ngi}-{site}"
        told.append(
            Team(
                ref=Ref(source, f"team-{number}"),
                url=f"https://goc.example.org/site/{site}",
                name=name,
                ngi=ngi,
                site=site,
                contact=f"grid-admin@{site.lower().replace('_', '-')}.example.org",
                components=tuple(components.split()),
                active=active,
            )
        )
    return tuple(told)


_SITES: Final = (("NGI_IT", "INFN-CNAF"),)
"""Partner sites that are no early adopters, by NGI."""


def sites() -> tuple[Team, ...]:
    """The partner sites that are no teams, numbered after those of `rt`."""
    first = 1 + sum(team.ref.source == "rt" for team in teams())
    return tuple(
        Team(
            ref=Ref("rt", f"team-{number}"),
            url=f"https://goc.example.org/site/{site}",
            name=f"{ngi}-{site}",
            ngi=ngi,
            site=site,
            contact=f"grid-admin@{site.lower()}.example.org",
            note="a partner site; no early adopter",
        )
        for number, (ngi, site) in enumerate(_SITES, first)
    )
