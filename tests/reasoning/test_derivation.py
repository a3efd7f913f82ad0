"""Every derivation rule fires on one small record and is silent on another, with exactly these statements."""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass
from pathlib import Path

import pytest
from pyoxigraph import Triple

from sharewell.errors import InputError
from sharewell.graph.store import MergedGraph, load
from sharewell.reasoning.derivation import DerivationRule, derive, heads, read_rules
from sharewell.vocabulary import SHAPE
from small_graphs import AS_OF, FIXTURE, TURTLE_PREFIXES, GraphOf, lines

PARTIES = """
fix:City a share:Institution . fix:Ministry a share:Institution .
fix:Aid a share:Division ; org:subOrganizationOf fix:City . fix:Unit a share:Division ; org:subOrganizationOf fix:Aid .
fix:Case a share:System ; share:owner fix:Aid .
"""

NAME = "fix:name a share:DataElement ; share:elementCategory share:IdentifyingInformation ."

COUNT = "fix:count a share:DataElement ; share:elementCategory share:NonPersonalInformation ."

AGREED = (
    PARTIES
    + NAME
    + """
fix:flow a share:DataFlow ; share:origin fix:Case ; share:destination fix:Ministry ; share:carries fix:name ;
  share:purpose share:VerifyIncome ; share:underAgreement fix:deal .
fix:deal a share:DataSharingAgreement ; share:party fix:City , fix:Ministry ; share:signedBy fix:City ;
  share:coversElement fix:name ; share:purpose share:DetermineEligibility ; share:validFrom "2024-01-01"^^xsd:date ."""
)

# A section of a program statute: who may send and receive under it, what was collected under which law, for which ends.
SECTION = """
fix:section a share:Provision ; share:senderRole fix:giver ; share:recipientRole fix:taker ;
  share:informationUnder fix:Law ; share:servesLaw fix:Law ; share:servesPurpose fix:decide ;
  share:servesProgramPurpose fix:wide .
fix:help a share:Program ; share:deliveredBy fix:Aid ; share:establishedBy fix:Law .
fix:decide a share:Purpose . fix:wide a share:Purpose .
fix:giving a share:RoleHolding ; share:holder fix:City ; share:role fix:giver ; share:roleFor fix:help .
fix:taking a share:RoleHolding ; share:holder fix:Ministry ; share:role fix:taker .
"""

CUSTODIAN = "fix:keeping a share:RoleHolding ; share:holder fix:Clinic ; share:role share:HealthInformationCustodian . "

CLINIC = "fix:Clinic a share:Institution . " + CUSTODIAN

WORKS = (
    "fix:works a share:Program ; share:deliveredBy fix:Aid ; share:establishedBy ontario:OWA . "
    "fix:fact a share:DataElement ; share:originatesWith fix:Aid . "
)

HOMES = (
    "fix:homes a share:Program ; share:deliveredBy fix:Aid ; share:establishedBy ontario:HSA . "
    "fix:role a share:RoleHolding ; share:holder fix:City ; share:role share:HousingServiceManager . "
)


@dataclass(frozen=True)
class Case:
    """A rule, a record on which it fires with exactly `expected`, and one on which it does not fire."""

    rule: str
    fires: str
    expected: tuple[str, ...]
    silent: str


def _dates(first: str = "", last: str = "") -> str:
    text = "fix:thing a share:RoleHolding"
    text += f' ; share:validFrom "{first}"^^xsd:date' if first else ""
    text += f' ; share:validTo "{last}"' + ("^^xsd:date" if len(last) == 10 else "^^xsd:gYear") if last else ""
    return text + " ."


def _leg(origin: str, destination: str) -> str:
    """The name of a leg of fix:flow: a function of its ends alone."""
    digest = hashlib.sha1(f"{FIXTURE}{origin} {FIXTURE}{destination}".encode()).hexdigest()[:8]
    return f"<{FIXTURE}flow/leg/{origin}-to-{destination}-{digest}>"


def _flow(origin: str, destination: str) -> str:
    return f"{PARTIES} fix:flow a share:DataFlow ; share:origin fix:{origin} ; share:destination fix:{destination} ."


COMPLETE = "fix:all a share:CompletenessStatement ; share:completeFor fix:flow ; share:point share:ElementsPoint ."

SYSTEM = " fix:flow share:flowKind share:SystemFlow . "

CLIENT = " fix:flow share:flowKind share:ClientMediatedFlow . "

LAWS = (
    "fix:City share:privacyRegime fix:Law . fix:Ministry share:privacyRegime fix:Act . "
    "fix:Law a share:LegalInstrument . fix:Act a share:LegalInstrument . "
)

NONE = "fix:none a share:StatedAbsence ; share:completeFor fix:flow ; share:point share:AgreementPoint ."

UNITS = (
    PARTIES
    + """
fix:Analysts a share:DataIntegrationUnit ; org:subOrganizationOf fix:Ministry ; share:followsStandard fix:rules .
fix:Store a share:System ; share:owner fix:Analysts ."""
)

TO_UNIT = (
    UNITS + "fix:flow a share:DataFlow ; share:flowKind share:SystemFlow ; share:origin fix:Case ; "
    "share:destination fix:Store ."
)

FROM_UNIT = (
    UNITS + "fix:flow a share:DataFlow ; share:flowKind share:SystemFlow ; share:origin fix:Store ; "
    "share:destination fix:Case ."
)

INTO_TWO = TO_UNIT.replace("share:destination fix:Store", "share:destination fix:Store , fix:Ministry")

OUT_OF_TWO = FROM_UNIT.replace("share:origin fix:Store", "share:origin fix:Store , fix:Ministry")

TAKEN = (
    UNITS
    + """
fix:taken a share:Collection ; share:performedBy fix:Analysts ; share:collectedOn "2026-03-01"^^xsd:date ;
  share:underNotice fix:notice .
fix:notice a share:CollectionNotice ; share:publishedOn "2026-02-01"^^xsd:date .
fix:yes a share:Approval ; share:approves fix:taken , fix:rules ; share:decidedOn "2026-02-02"^^xsd:date .
fix:visit a share:OversightReview ; share:concerns fix:Analysts ; share:occurredOn "2026-02"^^xsd:gYearMonth ."""
)

CHANGED = """
fix:flow a share:DataFlow ; share:purposeChangedOn "2026-01-10"^^xsd:date ; share:impactAssessment fix:look .
fix:look a share:PrivacyImpactAssessment ; share:revisedOn "2026-01-10"^^xsd:date ."""

ORDERED = (
    UNITS
    + """
fix:taken a share:Collection ; share:performedBy fix:Analysts .
fix:stop a share:OversightOrder ; share:binds fix:Analysts ; share:concerns fix:taken ;
  share:validFrom "2026-01-01"^^xsd:date ."""
)

KEPT = (
    PARTIES
    + """
fix:City share:privacyRegime fix:law . fix:law a share:LegalInstrument . fix:other a share:LegalInstrument .
fix:set a dcat:Dataset ; share:steward fix:Aid ."""
)

SENT = " fix:flow share:flowKind share:SystemFlow ; share:carries fix:name ; share:purpose share:VerifyIncome ."

LISTED = _flow("Case", "Ministry") + SENT + " fix:bank a share:PersonalInformationBank ; share:bankOf fix:Case ."

CHECK = """
fix:check a share:VerificationEvent ; share:ofStep fix:step ; share:occurredOn "{}"^^xsd:date .
fix:step a share:VerificationStep ; share:ageLimitMonths 24 ."""

DISPOSED = """
fix:end a share:Disposal ; share:disposalOf fix:set ; share:occurredOn "{}"^^xsd:date .
fix:set a dcat:Dataset ; share:validTo "2020-06-30"^^xsd:date ; share:retentionRule fix:year .
fix:year a share:RetentionRule ; share:retentionMonths 12 ."""

CONSENT = """
fix:flow a share:DataFlow ; share:carries fix:name ; share:reliesOn fix:basis .
fix:basis a share:ConsentBasis ; share:act share:Disclosing ; share:consentArrangement fix:form ."""

CLAIM = (
    _flow("Case", "Ministry")
    + SENT
    + """
fix:flow share:reliesOn fix:basis . fix:basis a share:LegalBasis ; share:provision ontario:MFIPPA-32-c .
fix:intake a share:Collection ; share:performedBy fix:Aid ; share:carries fix:name ;
  share:manner share:DirectCollection ."""
)

TOLD = """
fix:notice a share:CollectionNotice ; share:collector fix:Aid ; share:listsElement fix:name ; share:statesPurpose """

BOUND = " ontario:COTA share:binds fix:City . "

STATUS = BOUND + _flow("Case", "Ministry") + SENT + " ontario:CITY-ACCESSTO share:reachesElement fix:name ."

CASES = [
    Case(
        "CurrentThings",
        _dates("2026-01-01", "2026"),
        ("fix:thing share:temporalStatus share:CurrentAtDate",),
        _dates("2026-11-23"),
    ),
    Case(
        "FutureThings",
        _dates("2026-11-23"),
        ("fix:thing share:temporalStatus share:FutureAtDate",),
        _dates("2026-11-22"),
    ),
    Case(
        "PastThings",
        _dates(last="2026-11-21"),
        ("fix:thing share:temporalStatus share:PastAtDate",),
        _dates(last="2026-11-22"),
    ),
    Case(
        "InstitutionsThemselves",
        "fix:City a share:Institution .",
        ("fix:City share:withinInstitution fix:City",),
        "fix:Aid a share:Division .",
    ),
    Case(
        "BodiesWithinInstitutions",
        PARTIES,
        ("fix:Aid share:withinInstitution fix:City", "fix:Unit share:withinInstitution fix:City"),
        "fix:Aid a share:Division ; org:subOrganizationOf fix:Group . fix:Group a share:PartyGroup .",
    ),
    Case(
        "ConsistentPurposes",
        "fix:narrow a share:Purpose ; skos:broader fix:wide . fix:wide a share:Purpose .",
        (
            "fix:narrow share:consistentWith fix:narrow",
            "fix:narrow share:consistentWith fix:wide",
            "fix:wide share:consistentWith fix:wide",
        ),
        "fix:thing a share:DataElement .",
    ),
    Case(
        "ElementsByNotice",
        "fix:flow a share:DataFlow ; share:underNotice fix:notice . fix:notice share:listsElement fix:a , fix:b .",
        ("fix:flow share:carries fix:a", "fix:flow share:carries fix:b"),
        "fix:flow a share:DataFlow . fix:notice share:listsElement fix:a .",
    ),
    Case(
        "ElementsByDataset",
        "fix:flow a share:DataFlow ; share:conveys fix:set . fix:set share:containsElement fix:a .",
        ("fix:flow share:carries fix:a",),
        "fix:flow a share:DataFlow ; share:origin fix:set . fix:set share:containsElement fix:a .",
    ),
    Case(
        "FlowLegs",
        "fix:flow a share:DataFlow ; share:origin fix:a ; share:destination fix:c .",
        (
            f"{_leg('a', 'c')} rdf:type share:FlowLeg",
            f"{_leg('a', 'c')} share:legDestination fix:c",
            f"{_leg('a', 'c')} share:legOf fix:flow",
            f"{_leg('a', 'c')} share:legOrigin fix:a",
        ),
        "fix:flow a share:DataFlow ; share:origin fix:a .",
    ),
    Case(
        "OriginBodies",
        _flow("Case", "Ministry"),
        (f"{_leg('Case', 'Ministry')} share:originBody fix:Aid",),
        "fix:flow a share:DataFlow ; share:origin share:GeneralPublic ; share:destination fix:c .",
    ),
    Case(
        "DestinationBodies",
        _flow("Case", "clerk") + " fix:clerk a share:Position ; share:positionIn fix:Unit .",
        (f"{_leg('Case', 'clerk')} share:destinationBody fix:Unit",),
        "fix:flow a share:DataFlow ; share:origin fix:c ; share:destination share:GeneralPublic .",
    ),
    Case(
        "OriginInstitutions",
        _flow("Unit", "Ministry"),
        (f"{_leg('Unit', 'Ministry')} share:originInstitution fix:City",),
        "fix:Group a share:PartyGroup . fix:flow a share:DataFlow ; share:origin fix:Group ; share:destination fix:c .",
    ),
    Case(
        "DestinationInstitutions",
        _flow("Unit", "Ministry"),
        (f"{_leg('Unit', 'Ministry')} share:destinationInstitution fix:Ministry",),
        "fix:Group a share:PartyGroup . fix:flow a share:DataFlow ; share:origin fix:c ; share:destination fix:Group .",
    ),
    Case(
        "LegsAcrossInstitutions",
        _flow("Case", "Ministry"),
        (
            f"{_leg('Case', 'Ministry')} share:institutionBoundary share:CrossesInstitutions",
            "fix:flow share:institutionBoundary share:CrossesInstitutions",
        ),
        _flow("Case", "Unit"),
    ),
    Case(
        "LegsWithinInstitution",
        _flow("Case", "Unit"),
        (
            f"{_leg('Case', 'Unit')} share:institutionBoundary share:StaysWithinInstitution",
            "fix:flow share:institutionBoundary share:StaysWithinInstitution",
        ),
        _flow("Case", "Ministry"),
    ),
    Case(
        "PersonalFlows",
        NAME + COUNT + "fix:flow a share:DataFlow ; share:carries fix:name , fix:count .",
        ("fix:flow share:personalInformation share:CarriesPersonalInformation",),
        COUNT + "fix:flow a share:DataFlow ; share:carries fix:count .",
    ),
    Case(
        "ImpersonalFlows",
        COUNT + COMPLETE + "fix:flow a share:DataFlow ; share:carries fix:count .",
        ("fix:flow share:personalInformation share:CarriesNoPersonalInformation",),
        COUNT + "fix:flow a share:DataFlow ; share:carries fix:count .",
    ),
    Case(
        "CompleteWithinScope",
        _flow("Case", "Ministry")
        + "fix:all a share:CompletenessStatement ; share:withinScope fix:City ; "
        + "share:subjectKind share:FlowKindOfSubject ; share:point share:AgreementPoint .",
        ("fix:all share:completeFor fix:flow",),
        _flow("Case", "Ministry")
        + "fix:all a share:CompletenessStatement ; share:withinScope fix:Other ; "
        + "share:subjectKind share:FlowKindOfSubject . fix:Other a share:Institution .",
    ),
    Case(
        "CoveredFlows",
        AGREED,
        ("fix:flow share:agreementCoverage share:CoveredByAgreement", "fix:flow share:coveringAgreement fix:deal"),
        AGREED.replace("share:party fix:City , fix:Ministry", "share:party fix:City"),
    ),
    Case(
        "UncoveredFlows",
        NONE + "fix:flow a share:DataFlow .",
        ("fix:flow share:agreementCoverage share:ShownNotCovered",),
        "fix:flow a share:DataFlow .",
    ),
    Case(
        "LawKeeping",
        KEPT,
        ("fix:Case share:keptUnder fix:law", "fix:set share:keptUnder fix:law"),
        KEPT.replace("share:owner fix:Aid", "").replace("share:steward fix:Aid", ""),
    ),
    Case(
        "LawNotKeeping",
        KEPT + " fix:Ministry share:privacyRegime fix:other .",
        ("fix:Case share:notKeptUnder fix:other", "fix:set share:notKeptUnder fix:other"),
        KEPT + " fix:Case share:owner fix:Unknown . fix:set share:steward fix:Unknown ."
        " fix:Ministry share:privacyRegime fix:other .",
    ),
    Case(
        "SystemsHoldingNoPersonalInformation",
        "fix:Case a share:System ; share:holdsDataset fix:set . fix:set share:containsPersonalInformation false .",
        ("fix:Case share:personalInformation share:CarriesNoPersonalInformation",),
        NAME + " fix:Case a share:System ; share:holdsDataset fix:set ; share:holdsElement fix:name ."
        " fix:set share:containsPersonalInformation false .",
    ),
    Case(
        "PersonalDatasets",
        NAME + " fix:set a dcat:Dataset ; share:containsElement fix:name ."
        " fix:all a dcat:Dataset ; share:containsPersonalInformation true .",
        (
            "fix:all share:personalInformation share:CarriesPersonalInformation",
            "fix:set share:personalInformation share:CarriesPersonalInformation",
        ),
        COUNT + " fix:set a dcat:Dataset ; share:containsElement fix:count .",
    ),
    Case(
        "ImpersonalDatasets",
        "fix:set a dcat:Dataset ; share:containsPersonalInformation false .",
        ("fix:set share:personalInformation share:CarriesNoPersonalInformation",),
        NAME + " fix:set a dcat:Dataset ; share:containsPersonalInformation false ; share:containsElement fix:name .",
    ),
    Case(
        "ListedProcessing",
        LISTED + " fix:bank share:regularRecipient fix:Ministry ; share:maintainedBy fix:City ;"
        " share:listsElement fix:name ;"
        " share:regularUse share:DetermineEligibility ."
        " fix:use a share:Use ; share:performedBy fix:Aid ; share:carries fix:name ;"
        " share:purpose share:RGIEligibility .",
        (
            "fix:flow share:indexListing share:ListedInIndex",
            "fix:use share:indexListing share:ListedInIndex",
        ),
        LISTED + " fix:bank share:regularRecipient fix:Other .",
    ),
    Case(
        "UnlistedProcessing",
        LISTED + " fix:bank share:regularRecipient fix:Other ."
        " fix:all a share:CompletenessStatement ; share:completeFor fix:bank ;"
        " share:point share:RegularRecipientPoint .",
        ("fix:flow share:indexListing share:NotListedInIndex",),
        LISTED + " fix:bank share:regularRecipient fix:Other .",
    ),
    Case(
        "FreshChecks",
        CHECK.format("2024-11-22"),
        ("fix:check share:freshness share:WithinAgeLimit",),
        CHECK.format("2024-11-21"),
    ),
    Case(
        "StaleChecks",
        CHECK.format("2024-11-21"),
        ("fix:check share:freshness share:PastAgeLimit",),
        CHECK.format("2024-11-22"),
    ),
    Case(
        "RetentionHasRun",
        DISPOSED.format("2021-06-30"),
        ("fix:end share:retentionFinding share:RetentionHadRun",),
        DISPOSED.format("2021-06-29"),
    ),
    Case(
        "RetentionHasNotRun",
        DISPOSED.format("2021-06-29"),
        ("fix:end share:retentionFinding share:RetentionHadNotRun",),
        DISPOSED.format("2021-06-30"),
    ),
    Case(
        "DirectedSystems",
        PARTIES + " fix:order share:madeUnder ontario:EDSTA-2024 ; share:binds fix:City .",
        ("fix:Case rdf:type share:DirectedSystem",),
        PARTIES + " fix:order share:madeUnder ontario:EDSTA-2024 ; share:binds fix:Ministry .",
    ),
    Case(
        "MunicipalResearchAgreements",
        PARTIES + " fix:City share:privacyRegime ontario:MFIPPA ."
        " fix:deal a share:Agreement ; share:purpose share:Research ; share:party fix:Aid .",
        ("fix:deal rdf:type share:MunicipalResearchAgreement",),
        PARTIES + " fix:City share:privacyRegime ontario:FIPPA ."
        " fix:deal a share:Agreement ; share:purpose share:Research ; share:party fix:Aid .",
    ),
    Case(
        "ConsentReaches",
        CONSENT + " fix:form share:consentCovers fix:name .",
        ("fix:flow share:consentReaches share:Disclosing",),
        CONSENT + " fix:form share:consentCovers fix:name . fix:flow share:carries fix:more .",
    ),
    Case(
        "ConsentFallsShort",
        CONSENT + " fix:all a share:CompletenessStatement ; share:completeFor fix:form ;"
        " share:point share:ConsentElementsPoint .",
        ("fix:flow share:consentFallsShortOf share:Disclosing",),
        CONSENT,
    ),
    Case(
        "ConsistentPurposeClaims",
        CLAIM,
        ("fix:flow rdf:type share:ConsistentPurposeClaim",),
        CLAIM.replace("share:DirectCollection", "share:IndirectCollection"),
    ),
    Case(
        "ExpectedPurposes",
        CLAIM + TOLD + "share:DetermineEligibility .",
        ("fix:flow share:purposeExpectation share:ExpectedByPeople",),
        CLAIM + TOLD + "share:Research .",
    ),
    Case(
        "UnexpectedPurposes",
        CLAIM + TOLD + "share:Research . share:VerifyIncome share:notConsistentWith share:Research .",
        ("fix:flow share:purposeExpectation share:NotExpectedByPeople",),
        CLAIM + TOLD + "share:Research .",
    ),
    Case(
        "CitySystems",
        PARTIES + BOUND,
        ("fix:Case rdf:type share:CitySystem",),
        PARTIES,
    ),
    Case(
        "CityDisposals",
        PARTIES + BOUND + " fix:end a share:Disposal ; share:performedBy fix:Unit .",
        ("fix:end rdf:type share:CityDisposal",),
        PARTIES + BOUND + " fix:end a share:Disposal ; share:performedBy fix:Ministry .",
    ),
    Case(
        "CityProcessings",
        BOUND + _flow("Case", "Ministry") + SENT,
        ("fix:flow rdf:type share:CityProcessing",),
        _flow("Case", "Ministry") + SENT,
    ),
    Case(
        "ImmigrationStatusDisclosures",
        STATUS + " fix:Ministry share:governmentLevel share:ProvincialGovernment .",
        ("fix:flow rdf:type share:ImmigrationStatusDisclosure",),
        STATUS + " fix:Ministry share:governmentLevel share:MunicipalGovernment .",
    ),
    Case(
        "SendersByFunction",
        PARTIES + SECTION,
        ("fix:Aid share:senderUnder fix:section", "fix:City share:senderUnder fix:section"),
        PARTIES + SECTION.replace("fix:giving a", "fix:giving share:validTo '2020-01-01'^^xsd:date ; a"),
    ),
    Case(
        "RecipientsByFunction",
        PARTIES + SECTION,
        ("fix:Ministry share:recipientUnder fix:section",),
        PARTIES + SECTION.replace("share:role fix:taker", "share:role fix:other"),
    ),
    Case(
        "SendersWithin",
        _flow("Case", "Ministry") + SECTION,
        ("fix:flow share:senderWithin fix:section",),
        _flow("Unit", "Ministry") + SECTION,
    ),
    Case(
        "RecipientsWithin",
        _flow("Case", "Ministry") + SECTION,
        ("fix:flow share:recipientWithin fix:section",),
        _flow("Case", "Ministry") + SECTION + "fix:flow share:destination fix:Unit .",
    ),
    Case(
        "PartiesWithin",
        _flow("Case", "Ministry") + SECTION,
        ("fix:flow share:partiesWithin fix:section",),
        _flow("Ministry", "Case") + SECTION,
    ),
    Case(
        "ContentWithin",
        SECTION + "fix:fact share:originatesWith fix:Aid ; a share:DataElement . "
        "fix:flow a share:DataFlow ; share:carries fix:fact .",
        ("fix:flow share:contentWithin fix:section",),
        SECTION + "fix:fact share:originatesWith fix:Aid ; a share:DataElement . "
        "fix:flow a share:DataFlow ; share:carries fix:fact , fix:name .",
    ),
    Case(
        "PurposeWithin",
        SECTION + "fix:flow a share:DataFlow ; share:purpose fix:wide ; share:forProgram fix:help .",
        ("fix:flow share:purposeWithin fix:section",),
        SECTION + "fix:flow a share:DataFlow ; share:purpose fix:wide .",
    ),
    Case(
        "PurposeOutside",
        SECTION + "fix:mail share:notConsistentWith fix:decide . fix:flow a share:DataFlow ; share:purpose fix:mail .",
        ("fix:flow share:purposeOutside fix:section",),
        SECTION + "fix:flow a share:DataFlow ; share:purpose fix:mail .",
    ),
    Case(
        "SpecialPriorityProcessings",
        "ontario:OREG367-147 share:reachesElement fix:fact . fix:flow a share:DataFlow ; share:carries fix:fact .",
        ("fix:flow rdf:type share:SpecialPriorityProcessing",),
        "fix:flow a share:DataFlow ; share:carries fix:fact .",
    ),
    Case(
        "RaceInformationProcessings",
        "ontario:ARA-6 share:reachesElement fix:fact . fix:flow a share:DataFlow ; share:carries fix:fact .",
        ("fix:flow rdf:type share:RaceInformationProcessing",),
        "fix:flow a share:DataFlow ; share:carries fix:fact .",
    ),
    Case(
        "HealthNumberProcessings",
        "ontario:PHIPA-34 share:reachesElement fix:fact . fix:flow a share:DataFlow ; share:carries fix:fact .",
        ("fix:flow rdf:type share:HealthNumberProcessing",),
        "fix:flow a share:DataFlow ; share:carries fix:fact .",
    ),
    Case(
        "HealthNumberSystems",
        "ontario:PHIPA-34 share:reachesElement fix:fact . fix:case a share:System ; share:holdsElement fix:fact .",
        ("fix:case rdf:type share:HealthNumberSystem",),
        "fix:case a share:System ; share:holdsElement fix:fact .",
    ),
    Case(
        "EducationNumberProcessings",
        "ontario:CCEYA-72-73 share:reachesElement fix:fact . fix:flow a share:DataFlow ; share:carries fix:fact .",
        ("fix:flow rdf:type share:EducationNumberProcessing",),
        "fix:flow a share:DataFlow ; share:carries fix:fact .",
    ),
    Case(
        "EducationNumberSystems",
        "ontario:CCEYA-72-73 share:reachesElement fix:fact . fix:case a share:System ; share:holdsElement fix:fact .",
        ("fix:case rdf:type share:EducationNumberSystem",),
        "fix:case a share:System ; share:holdsElement fix:fact .",
    ),
    Case(
        "OntarioWorksDataProcessings",
        _flow("Case", "Ministry") + WORKS + "fix:flow share:carries fix:fact .",
        ("fix:flow rdf:type share:OntarioWorksDataProcessing",),
        _flow("Ministry", "Case") + WORKS + "fix:flow share:carries fix:fact .",
    ),
    Case(
        "HealthCustodianProcessings",
        _flow("Clinic", "Ministry") + CLINIC + "fix:flow share:carries fix:illness . "
        "fix:illness a share:DataElement ; share:elementCategory share:HealthInformation .",
        ("fix:flow rdf:type share:HealthCustodianProcessing",),
        _flow("Clinic", "Ministry") + CLINIC + NAME + "fix:flow share:carries fix:name .",
    ),
    Case(
        "HealthCustodianSystems",
        CLINIC + "fix:case a share:System ; share:owner fix:Clinic .",
        ("fix:case rdf:type share:HealthCustodianSystem",),
        "fix:case a share:System ; share:owner fix:Clinic .",
    ),
    Case(
        "HousingCollections",
        PARTIES + HOMES + "fix:taken a share:Collection ; share:performedBy fix:Aid ; "
        "share:manner share:DirectCollection .",
        ("fix:taken rdf:type share:HousingCollection",),
        PARTIES + HOMES + "fix:taken a share:Collection ; share:performedBy fix:Aid ; "
        "share:manner share:IndirectCollection .",
    ),
    Case(
        "NoticesLeftOut",
        "fix:flow a share:DataFlow ; share:reliesOn fix:basis . fix:basis share:provision ontario:OWA-71-5 .",
        ("fix:flow rdf:type share:NoticeLeftOutProcessing",),
        "fix:flow a share:DataFlow ; share:reliesOn fix:basis . fix:basis share:provision ontario:OWA-73 .",
    ),
    Case(
        "HousingInformationAgreements",
        "fix:deal a share:DataSharingAgreement . fix:basis share:basisAgreement fix:deal ; "
        "share:provision ontario:HSA-172 .",
        ("fix:deal rdf:type share:HousingInformationAgreement",),
        "fix:deal a share:DataSharingAgreement . fix:basis share:basisAgreement fix:deal ; "
        "share:provision ontario:OWA-72 .",
    ),
    Case(
        "SocialAssistanceInformationAgreements",
        "fix:deal a share:DataSharingAgreement ; share:provision ontario:OWA-72 .",
        ("fix:deal rdf:type share:SocialAssistanceInformationAgreement",),
        "fix:deal a share:DataSharingAgreement ; share:provision ontario:HSA-172 .",
    ),
    Case(
        "HousingProviderBodies",
        PARTIES + "fix:role a share:RoleHolding ; share:holder fix:City ; share:role share:HousingProvider .",
        ("fix:City rdf:type share:HousingProviderBody",),
        PARTIES + "fix:role a share:RoleHolding ; share:holder fix:City ; share:role share:HousingServiceManager .",
    ),
    Case(
        "OntarioWorksPrograms",
        "fix:help a share:Program ; share:establishedBy ontario:OWA .",
        ("fix:help rdf:type share:OntarioWorksProgram",),
        "fix:help a share:Program ; share:establishedBy ontario:HSA .",
    ),
    Case(
        "WaitingListDatasets",
        HOMES + "fix:set a dcat:Dataset ; share:steward fix:Aid ; share:informationAbout share:HousingApplicants .",
        ("fix:set rdf:type share:WaitingListRecords",),
        HOMES + "fix:set a dcat:Dataset ; share:steward fix:Unit ; share:informationAbout share:HousingApplicants .",
    ),
    Case(
        "AssistedHouseholdDatasets",
        HOMES + "fix:set a dcat:Dataset ; share:steward fix:Aid ; share:informationAbout share:HousingTenants .",
        ("fix:set rdf:type share:AssistedHouseholdRecords",),
        HOMES + "fix:set a dcat:Dataset ; share:steward fix:Aid ; share:informationAbout share:HousingApplicants .",
    ),
    Case(
        "CollectingUnits",
        TO_UNIT,
        ("fix:flow share:collectingUnit fix:Analysts",),
        FROM_UNIT,
    ),
    Case(
        "DisclosingUnits",
        FROM_UNIT,
        ("fix:flow share:disclosingUnit fix:Analysts",),
        TO_UNIT,
    ),
    Case(
        "CollectionsByUnitsAlone",
        TO_UNIT,
        ("fix:flow share:byUnitsAlone share:Collecting",),
        INTO_TWO,
    ),
    Case(
        "DisclosuresByUnitsAlone",
        FROM_UNIT,
        ("fix:flow share:byUnitsAlone share:Disclosing",),
        OUT_OF_TWO,
    ),
    Case(
        "UsesByUnitsAlone",
        UNITS + "fix:use a share:Use ; share:performedBy fix:Analysts .",
        ("fix:use share:byUnitsAlone share:Using",),
        UNITS + "fix:use a share:Use ; share:performedBy fix:Analysts , fix:Aid .",
    ),
    Case(
        "SourceInstitutions",
        TO_UNIT,
        ("fix:flow share:sourceInstitution fix:City",),
        TO_UNIT.replace("share:owner fix:Aid", "share:usedBy fix:Aid"),
    ),
    Case(
        "IntegrationCollections",
        TO_UNIT,
        ("fix:flow rdf:type share:IntegrationCollection",),
        FROM_UNIT,
    ),
    Case(
        "UnitDisclosures",
        FROM_UNIT,
        ("fix:flow rdf:type share:UnitDisclosure",),
        TO_UNIT,
    ),
    Case(
        "DisclosuresToUnits",
        TO_UNIT,
        ("fix:flow rdf:type share:DisclosureToUnit",),
        FROM_UNIT,
    ),
    Case(
        "UnitUses",
        UNITS + "fix:use a share:Use ; share:performedBy fix:Analysts .",
        ("fix:use rdf:type share:UnitUse",),
        UNITS + "fix:use a share:Use ; share:performedBy fix:Aid .",
    ),
    Case(
        "ChangedProcessings",
        CHANGED,
        ("fix:flow rdf:type share:ChangedProcessing",),
        "fix:flow a share:DataFlow .",
    ),
    Case(
        "AssessmentsSinceChange",
        CHANGED,
        ("fix:flow share:assessmentSinceChange fix:look",),
        CHANGED.replace('share:revisedOn "2026-01-10"', 'share:revisedOn "2026-01-09"'),
    ),
    Case(
        "PrecededBy",
        TAKEN,
        (
            "fix:taken share:precededBy fix:notice",
            "fix:taken share:precededBy fix:visit",
            "fix:taken share:precededBy fix:yes",
        ),
        TAKEN.replace("2026-03-01", "2026-02-01"),
    ),
    Case(
        "NotPrecededBy",
        TAKEN.replace("2026-03-01", "2026-01-31"),
        (
            "fix:taken share:notPrecededBy fix:notice",
            "fix:taken share:notPrecededBy fix:visit",
            "fix:taken share:notPrecededBy fix:yes",
        ),
        TAKEN,
    ),
    Case(
        "UnitDatasets",
        UNITS + "fix:set a dcat:Dataset ; share:heldIn fix:Store .",
        ("fix:set rdf:type share:UnitDataset",),
        UNITS + "fix:set a dcat:Dataset ; share:heldIn fix:Case .",
    ),
    Case(
        "LinkedDatasets",
        UNITS + "fix:set a dcat:Dataset ; share:heldIn fix:Store ; prov:wasDerivedFrom fix:raw .",
        ("fix:set rdf:type share:LinkedDataset",),
        UNITS + "fix:set a dcat:Dataset ; share:heldIn fix:Store .",
    ),
    Case(
        "UnitBreaches",
        UNITS + "fix:loss a share:PrivacyBreach ; share:affects fix:Store .",
        ("fix:loss rdf:type share:UnitBreach",),
        UNITS + "fix:loss a share:PrivacyBreach ; share:affects fix:Case .",
    ),
    Case(
        "OrderedProcessings",
        ORDERED,
        ("fix:taken rdf:type share:OrderedProcessing",),
        ORDERED.replace("2026-01-01", "2027-01-01"),
    ),
    Case(
        "YearsOfAge",
        'fix:visit a share:OversightReview ; share:occurredOn "2023-11-23"^^xsd:date .',
        ("fix:visit share:ageInYears 2",),
        'fix:visit a share:OversightReview ; share:occurredOn "2023-11-22"^^xsd:date .',
    ),
    Case(
        "ListedInBank",
        LISTED + " fix:bank share:regularRecipient fix:Ministry .",
        ("fix:flow share:listedInBank fix:bank",),
        LISTED + " fix:bank share:regularRecipient fix:City .",
    ),
    Case(
        "FlowHasWhatItsSidesHave",
        "fix:flow a share:DataFlow . "
        + "fix:side a share:Collection ; share:partOfFlow fix:flow ; share:carries fix:name ; "
        "share:reliesOn fix:basis .",
        (
            "fix:flow share:carries fix:name",
            "fix:flow share:reliesOn fix:basis",
        ),
        "fix:flow a share:DataFlow . "
        + "fix:side a share:Collection ; share:carries fix:name ; share:reliesOn fix:basis .",
    ),
    Case(
        "SidesHaveWhatTheirFlowHas",
        "fix:flow a share:DataFlow ; share:carries fix:name ; share:underNotice fix:notice . "
        + "fix:side a share:Collection ; share:partOfFlow fix:flow .",
        (
            "fix:side share:carries fix:name",
            "fix:side share:underNotice fix:notice",
        ),
        "fix:flow a share:DataFlow ; share:carries fix:name ; share:underNotice fix:notice . "
        + "fix:side a share:Collection .",
    ),
    Case(
        "SidesHaveTheGroundsOfTheirAct",
        "fix:flow a share:DataFlow ; share:reliesOn fix:basis . "
        + "fix:basis share:act share:Collecting . "
        + "fix:side a share:Collection ; share:partOfFlow fix:flow .",
        ("fix:side share:reliesOn fix:basis",),
        "fix:flow a share:DataFlow ; share:reliesOn fix:basis . "
        + "fix:basis share:act share:Disclosing . "
        + "fix:side a share:Collection ; share:partOfFlow fix:flow .",
    ),
    Case(
        "Legs",
        PARTIES
        + "fix:flow a share:DataFlow ; share:origin fix:Case ; share:destination fix:Ministry . "
        + "fix:side a share:Collection ; share:partOfFlow fix:flow ; share:performedBy fix:Ministry . ",
        (
            f"fix:flow share:leg {_leg('Case', 'Ministry')}",
            f"fix:side share:leg {_leg('Case', 'Ministry')}",
        ),
        "fix:side a share:Collection ; share:performedBy fix:City . fix:City a share:Institution .",
    ),
    Case(
        "SidesHaveTheFindingsOfTheirFlow",
        PARTIES
        + "fix:flow a share:DataFlow ; share:origin fix:Case ; share:destination fix:Ministry . "
        + "fix:side a share:Collection ; share:partOfFlow fix:flow ; share:performedBy fix:Ministry . ",
        ("fix:side share:institutionBoundary share:CrossesInstitutions",),
        "fix:side a share:Collection ; share:partOfFlow fix:flow . fix:flow a share:DataFlow .",
    ),
    Case(
        "DisclosingActs",
        _flow("Case", "Ministry") + SYSTEM,
        (
            "fix:flow share:disclosingInstitution fix:City",
            "fix:flow share:involvesAct share:Disclosing",
        ),
        _flow("Case", "Ministry") + CLIENT,
    ),
    Case(
        "CollectingActs",
        _flow("Case", "Ministry") + SYSTEM,
        (
            "fix:flow share:collectingInstitution fix:Ministry",
            "fix:flow share:involvesAct share:Collecting",
        ),
        _flow("Case", "Unit") + SYSTEM,
    ),
    Case(
        "UsingActs",
        _flow("Case", "Unit") + SYSTEM,
        (
            "fix:flow share:involvesAct share:Using",
            "fix:flow share:usingInstitution fix:City",
        ),
        _flow("Case", "Ministry") + SYSTEM,
    ),
    Case(
        "NoDisclosingAct",
        _flow("Case", "Ministry") + CLIENT,
        ("fix:flow share:excludesAct share:Disclosing",),
        _flow("Case", "Ministry") + SYSTEM,
    ),
    Case(
        "NoCollectingAct",
        _flow("Case", "Unit") + SYSTEM,
        ("fix:flow share:excludesAct share:Collecting",),
        _flow("Case", "Ministry") + SYSTEM,
    ),
    Case(
        "NoUsingAct",
        _flow("Case", "Ministry") + SYSTEM,
        ("fix:flow share:excludesAct share:Using",),
        _flow("Case", "Unit") + SYSTEM,
    ),
    Case(
        "LawDisclosing",
        _flow("Case", "Ministry") + SYSTEM + LAWS,
        ("fix:flow share:disclosedUnder fix:Law",),
        _flow("Case", "Ministry") + SYSTEM,
    ),
    Case(
        "LawNotDisclosing",
        _flow("Case", "Ministry") + SYSTEM + LAWS,
        ("fix:flow share:notDisclosedUnder fix:Act",),
        _flow("Case", "Ministry")
        + SYSTEM
        + "fix:Ministry share:privacyRegime fix:Act . fix:Law a share:LegalInstrument . "
        + "fix:Act a share:LegalInstrument . ",
    ),
    Case(
        "LawCollecting",
        _flow("Case", "Ministry") + SYSTEM + LAWS,
        ("fix:flow share:collectedUnder fix:Act",),
        _flow("Case", "Ministry") + SYSTEM,
    ),
    Case(
        "LawNotCollecting",
        _flow("Case", "Ministry") + SYSTEM + LAWS,
        ("fix:flow share:notCollectedUnder fix:Law",),
        _flow("Case", "Ministry")
        + SYSTEM
        + "fix:City share:privacyRegime fix:Law . fix:Law a share:LegalInstrument . "
        + "fix:Act a share:LegalInstrument . ",
    ),
    Case(
        "LawUsing",
        _flow("Case", "Unit") + SYSTEM + LAWS,
        ("fix:flow share:usedUnder fix:Law",),
        _flow("Case", "Unit") + SYSTEM,
    ),
    Case(
        "LawNotUsing",
        _flow("Case", "Unit") + SYSTEM + LAWS,
        ("fix:flow share:notUsedUnder fix:Act",),
        _flow("Case", "Unit")
        + SYSTEM
        + "fix:Ministry share:privacyRegime fix:Act . fix:Law a share:LegalInstrument . "
        + "fix:Act a share:LegalInstrument . ",
    ),
    Case(
        "OriginRoles",
        _flow("Case", "Ministry")
        + "fix:role a share:RoleHolding ; share:holder fix:City ; share:role share:HousingServiceManager .",
        (f"{_leg('Case', 'Ministry')} share:originRole share:HousingServiceManager",),
        _flow("Case", "Ministry")
        + "fix:role a share:RoleHolding ; share:holder fix:City ; share:role share:HousingServiceManager "
        "; share:validTo '2020-01-01'^^xsd:date .",
    ),
    Case(
        "DestinationRoles",
        _flow("Case", "Ministry")
        + "fix:role a share:RoleHolding ; share:holder fix:Ministry ; share:role share:OntarioWorksDirector .",
        (f"{_leg('Case', 'Ministry')} share:destinationRole share:OntarioWorksDirector",),
        _flow("Case", "Ministry")
        + "fix:role a share:RoleHolding ; share:holder fix:City ; share:role share:HousingServiceManager .",
    ),
    Case(
        "CollectedDirectly",
        PARTIES + "fix:flow a share:DataFlow ; share:origin share:Clients ; share:destination fix:City ; "
        "share:flowKind share:SystemFlow . ",
        ("fix:flow share:manner share:DirectCollection",),
        _flow("Case", "Ministry") + SYSTEM,
    ),
    Case(
        "CollectedIndirectly",
        _flow("Case", "Ministry") + SYSTEM,
        ("fix:flow share:manner share:IndirectCollection",),
        _flow("Case", "Ministry") + CLIENT,
    ),
    Case(
        "HeldUnder",
        "fix:fact a share:DataElement ; share:originatesWith fix:Aid . "
        + "fix:help a share:Program ; share:deliveredBy fix:Aid ; share:establishedBy fix:Law .",
        ("fix:fact share:heldUnder fix:Law",),
        "fix:fact a share:DataElement . "
        + "fix:help a share:Program ; share:deliveredBy fix:Aid ; share:establishedBy fix:Law .",
    ),
    Case(
        "NeedToKnow",
        _flow("Case", "Unit")
        + "fix:flow share:carries fix:name . "
        + "fix:grant a share:AccessGrant ; share:grantee fix:clerk ; share:grantsAccessTo fix:name ; "
        "share:duty 'To decide.' . " + "fix:clerk share:positionIn fix:Unit .",
        ("fix:flow share:needToKnow share:NeedToKnowRecorded",),
        _flow("Case", "Unit")
        + "fix:flow share:carries fix:name , fix:other . "
        + "fix:grant a share:AccessGrant ; share:grantee fix:clerk ; share:grantsAccessTo fix:name ; "
        "share:duty 'To decide.' . " + "fix:clerk share:positionIn fix:Unit .",
    ),
    Case(
        "NeedShownMissing",
        "fix:flow a share:DataFlow . "
        + "fix:none a share:StatedAbsence ; share:completeFor fix:flow ; share:point share:AccessPoint .",
        ("fix:flow share:needToKnow share:NeedToKnowShownMissing",),
        "fix:flow a share:DataFlow .",
    ),
    Case(
        "SystemsHoldingPersonalInformation",
        NAME + "fix:case a share:System ; share:holdsElement fix:name .",
        ("fix:case share:personalInformation share:CarriesPersonalInformation",),
        COUNT + "fix:case a share:System ; share:holdsElement fix:count .",
    ),
    Case(
        "CompleteOn",
        "fix:all a share:CompletenessStatement ; share:completeFor fix:flow ; share:point share:ElementsPoint .",
        ("fix:flow share:completeOn share:ElementsPoint",),
        "fix:all a share:CompletenessStatement ; share:completeFor fix:flow ; share:point "
        "share:ElementsPoint ; share:validTo '2020-01-01'^^xsd:date .",
    ),
    Case(
        "WithinCollectionPurpose",
        PARTIES + "fix:use a share:Use ; share:performedBy fix:Unit ; share:carries fix:name ; share:purpose "
        "share:VerifyIncome . " + "fix:taken a share:Collection ; share:performedBy fix:Aid ; share:carries fix:name ; "
        "share:purpose share:DetermineEligibility .",
        ("fix:use share:purposeFinding share:WithinCollectionPurpose",),
        PARTIES
        + "fix:use a share:Use ; share:performedBy fix:Unit ; share:carries fix:name ; share:purpose share:Research . "
        + "fix:taken a share:Collection ; share:performedBy fix:Aid ; share:carries fix:name ; "
        "share:purpose share:DetermineEligibility .",
    ),
    Case(
        "BeyondCollectionPurpose",
        PARTIES
        + "fix:use a share:Use ; share:performedBy fix:Unit ; share:carries fix:name ; share:purpose fix:mail . "
        + "fix:mail a share:Purpose ; share:notConsistentWith fix:decide . "
        + "fix:taken a share:Collection ; share:performedBy fix:Aid ; share:carries fix:name ; "
        "share:purpose fix:decide .",
        ("fix:use share:purposeFinding share:BeyondCollectionPurpose",),
        PARTIES
        + "fix:use a share:Use ; share:performedBy fix:Unit ; share:carries fix:name ; share:purpose fix:mail . "
        + "fix:mail a share:Purpose . "
        + "fix:taken a share:Collection ; share:performedBy fix:Aid ; share:carries fix:name ; "
        "share:purpose fix:decide .",
    ),
]

DEAL = "fix:deal a share:DataSharingAgreement "

CLAUSE = "fix:breach a share:Clause ; share:clauseKind share:BreachClause ."

GROUP = "fix:group a share:PartyGroup ; share:groupMember fix:City , fix:Ministry . "

PROMISE = (
    "fix:level a share:ServiceLevelAgreement ; share:objective fix:promise ; share:coversDataset fix:set . "
    "fix:promise a share:ServiceLevelObjective ; share:metric fix:metric ; share:minimumValue 0.9 . "
)


def _measured(value: str, day: str, name: str = "measured") -> str:
    return (
        f"fix:{name} a dqv:QualityMeasurement ; dqv:isMeasurementOf fix:metric ; dqv:computedOn fix:set ; "
        f'dqv:value {value} ; dcterms:created "{day}"^^xsd:date . '
    )


AGREEMENT_CASES = [
    Case(
        "SettledMatters",
        DEAL + "; share:hasClause fix:breach ; share:purpose share:VerifyIncome ; share:party fix:City . " + CLAUSE,
        ("fix:deal share:settles share:BreachClause", "fix:deal share:settles share:PurposeClause"),
        DEAL + "; share:party fix:City , fix:Ministry . " + CLAUSE,
    ),
    Case(
        "OpenMatters",
        DEAL
        + "; share:hasClause fix:breach . "
        + CLAUSE
        + "fix:all a share:CompletenessStatement ; share:completeFor fix:deal ; share:point share:ClausePoint .",
        (),  # one statement for each other kind: counted below
        DEAL + "; share:hasClause fix:breach . " + CLAUSE,
    ),
    Case(
        "CommonAgreements",
        GROUP + DEAL + "; share:partOfAgreement fix:frame . fix:frame a share:Agreement ; share:signedBy fix:City ; "
        "share:party fix:City , fix:Ministry .",
        ("fix:deal share:commonAgreementOf fix:group", "fix:frame share:commonAgreementOf fix:group"),
        GROUP + DEAL + "; share:signedBy fix:City ; share:party fix:City .",
    ),
    Case(
        "NoCommonAgreement",
        GROUP + DEAL + "; share:party fix:City . "
        "fix:none a share:StatedAbsence ; share:completeFor fix:group ; share:point share:CommonAgreementPoint .",
        ("fix:deal share:notCommonAgreementOf fix:group",),
        GROUP + DEAL + "; share:party fix:City .",
    ),
    Case(
        "OverdueReviews",
        DEAL + '; share:reviewDate "2026-11-21"^^xsd:date .',
        ("fix:deal share:reviewStatus share:ReviewOverdue",),
        DEAL + '; share:reviewDate "2026-11-21"^^xsd:date ; share:lastReviewed "2026-11-21"^^xsd:date .',
    ),
    Case(
        "ReviewsInTime",
        DEAL + '; share:reviewIntervalMonths 12 ; share:lastReviewed "2025-11-22"^^xsd:date .',
        ("fix:deal share:reviewStatus share:ReviewInTime",),
        DEAL + '; share:reviewIntervalMonths 12 ; share:lastReviewed "2025-11-21"^^xsd:date .',
    ),
    Case(
        "MissedObjectives",
        PROMISE + _measured("0.95", "2026-01-01", "earlier") + _measured("0.85", "2026-02-01"),
        ("fix:promise share:objectiveStatus share:ObjectiveMissed",),
        PROMISE + _measured("0.85", "2026-01-01", "earlier") + _measured("0.95", "2026-02-01"),
    ),
    Case(
        "MetObjectives",
        PROMISE + _measured("0.95", "2026-02-01"),
        ("fix:promise share:objectiveStatus share:ObjectiveMet",),
        PROMISE,
    ),
    Case(
        "FlowsUnderAgreements",
        "fix:flow a share:DataFlow ; share:underAgreement fix:deal .",
        ("fix:deal share:governsFlow fix:flow", "fix:flow rdf:type share:GovernedFlow"),
        "fix:flow a share:DataFlow .",
    ),
]

CASES += AGREEMENT_CASES


def _found(graph: MergedGraph, rule: str) -> list[str]:
    """What one rule gives about the fixture's own nodes, on a graph that is derived."""
    (one,) = [candidate for candidate in read_rules() if candidate.iri == f"{SHAPE}{rule}-rule"]
    return sorted({line for line in lines(heads(graph.store, one)) if line.startswith(("fix:", f"<{FIXTURE}"))})


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_rule_fires_and_is_silent(case: Case, graph_of: GraphOf) -> None:
    graph = graph_of(case.fires)
    found = [line for line in _found(graph, case.rule) if set(line.split()) & set(" ".join(case.expected).split())]
    assert found == sorted(case.expected)
    assert set(case.expected) <= set(lines(graph.derived))
    assert set(_found(graph_of(case.silent), case.rule)).isdisjoint(case.expected)


def test_the_clauses_of_a_complete_record_leave_the_rest_open(graph_of: GraphOf) -> None:
    (case,) = [case for case in CASES if case.rule == "OpenMatters"]
    opened = {line for line in lines(graph_of(case.fires).derived) if "share:leavesOpen" in line}
    assert len(opened) == 28
    assert "fix:deal share:leavesOpen share:BreachClause" not in opened
    assert not [line for line in lines(graph_of(case.silent).derived) if "share:leavesOpen" in line]


@pytest.mark.parametrize(
    ("recorded", "kind"),
    [
        ("share:party fix:City , fix:Ministry", "Parties"),
        ("share:purpose share:VerifyIncome", "Purpose"),
        ("share:coversElement fix:name", "Elements"),
        ("share:informationAbout share:HousingTenants", "People"),
        ("share:frequency share:Monthly", "Frequency"),
        ('share:validFrom "2024"^^xsd:gYear ; share:termMonths 12', "Term"),
        ("share:safeguard fix:lock", "Safeguards"),
        ("share:authorizedPosition fix:clerk", "AuthorizedStaff"),
        ("share:retentionRule fix:year", "Retention"),
        ("share:impactAssessment fix:assessment", "ImpactAssessment"),
        ("share:reviewIntervalMonths 12", "Review"),
        ('share:publishedOn "2024"^^xsd:gYear', "PublicSummary"),
    ],
)
def test_a_recorded_fact_settles_what_its_clause_would(recorded: str, kind: str, graph_of: GraphOf) -> None:
    settled = {line for line in lines(graph_of(f"{DEAL} ; {recorded} .").derived) if "share:settles" in line}
    assert settled == {f"fix:deal share:settles share:{kind}Clause"}


def test_every_rule_has_a_case() -> None:
    assert {f"{SHAPE}{case.rule}-rule" for case in CASES} == {rule.iri for rule in read_rules()}


def test_a_branch_is_reached_only_where_the_institution_holds_the_function_named(graph_of: GraphOf) -> None:
    """HSA s. 174 names the service manager; that it reaches another branch of the same municipality is a reading."""
    care = "fix:care a share:Program ; share:deliveredBy fix:Unit ; share:establishedBy ontario:CCEYA . " + (
        "fix:managing a share:RoleHolding ; share:holder fix:City ; share:roleFor fix:care ; "
        "share:role share:ChildCareServiceSystemManager . "
    )
    reached = "fix:Unit share:recipientUnder ontario:HSA-174"
    assert reached in lines(graph_of(PARTIES + HOMES + care).derived)
    assert reached not in lines(graph_of(PARTIES + care).derived)


def test_to_decide_eligibility_for_no_named_program_serves_no_section(graph_of: GraphOf) -> None:
    bare = "fix:flow a share:DataFlow ; share:purpose share:DetermineEligibility"
    program = "fix:homes a share:Program ; share:establishedBy ontario:HSA . fix:pass a share:Program . "
    found = "fix:flow share:purposeWithin ontario:HSA-174"
    assert found not in lines(graph_of(bare + " .").derived)
    assert found in lines(graph_of(program + bare + " ; share:forProgram fix:homes .").derived)
    assert found not in lines(graph_of(program + bare + " ; share:forProgram fix:homes , fix:pass .").derived)


# Each way in which an agreement fails to cover a flow: nothing else about the record changes.
@pytest.mark.parametrize(
    ("recorded", "instead"),
    [
        ("share:signedBy fix:City ;", ""),
        ("share:coversElement fix:name ;", ""),
        ("share:purpose share:DetermineEligibility", "share:purpose share:Research"),
        ("2024-01-01", "2027-01-01"),
        ('share:validFrom "2024-01-01"^^xsd:date', 'share:validTo "2024-01-01"^^xsd:date'),
        ('; share:validFrom "2024-01-01"^^xsd:date', ""),
        ("share:party fix:City , fix:Ministry", "share:party fix:Ministry"),
    ],
)
def test_an_agreement_covers_nothing_by_silence(recorded: str, instead: str, graph_of: GraphOf) -> None:
    assert "fix:flow share:agreementCoverage share:CoveredByAgreement" in lines(graph_of(AGREED).derived)
    changed = AGREED.replace(recorded, instead)
    assert changed != AGREED
    coverage = [line for line in lines(graph_of(changed).derived) if "share:agreementCoverage" in line]
    assert coverage == []


def test_a_published_dataset_without_personal_information_carries_none(graph_of: GraphOf) -> None:
    flow = "fix:flow a share:DataFlow ; share:conveys fix:set . fix:set a dcat:Dataset ; "
    expected = "fix:flow share:personalInformation share:CarriesNoPersonalInformation"
    assert expected in lines(graph_of(flow + "share:containsPersonalInformation false .").derived)
    assert expected not in lines(graph_of(flow + "dcterms:title 'set' .").derived)
    personal = NAME + flow + "share:containsPersonalInformation false ; share:containsElement fix:name ."
    assert expected not in lines(graph_of(personal).derived)


def test_the_order_of_rules_in_a_stratum_does_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "fixture.ttl"
    path.write_text(TURTLE_PREFIXES + AGREED + NONE + COUNT, encoding="utf-8")

    def derived(rules: list[DerivationRule]) -> set[Triple]:
        graph = load([path], tmp_path, AS_OF)
        derive(graph, rules)
        return set(graph.derived)

    rules = list(read_rules())
    expected = derived(rules)
    for seed in range(5):
        random.Random(seed).shuffle(rules)
        assert derived(rules) == expected


def test_two_runs_derive_the_same_in_the_same_order(graph_of: GraphOf) -> None:
    assert [str(t) for t in graph_of(AGREED).derived] == [str(t) for t in graph_of(AGREED).derived]


@pytest.mark.parametrize(
    ("construct", "reason"),
    [
        ("CONSTRUCT { $this a ?kind } WHERE { $this a ?kind MINUS { $this a ?other } }", "MINUS is not allowed"),
        ("CONSTRUCT { [] a $this } WHERE { $this a ?kind }", "the head makes a blank node"),
        ("CONSTRUCT { _:new a $this } WHERE { $this a ?kind }", "the head makes a blank node"),
        ("CONSTRUCT { $this a ?kind } { $this a ?kind }", "needs the word WHERE"),
    ],
)
def test_a_rule_out_of_form_is_refused(construct: str, reason: str, tmp_path: Path) -> None:
    (tmp_path / "bad.ttl").write_text(
        TURTLE_PREFIXES
        + f"""shape:Bad a sh:NodeShape ; sh:targetClass share:DataFlow ; sh:rule shape:Bad-rule .
        shape:Bad-rule a sh:SPARQLRule ; sh:order 1 ;
          sh:construct "{construct}" .""",
        encoding="utf-8",
    )
    with pytest.raises(InputError, match=reason):
        read_rules(tmp_path)
