"""What the service is made of, as CycloneDX 1.6 on standard output: `make sbom > sbom.json`.

Packages, versions, licences, the hashes of their files and what asks for what; neither the image's system packages (scan the image
for those) nor what develops and tests the service.
"""

import argparse
import re
import sys
from importlib.metadata import requires

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import ExternalReference, ExternalReferenceType, HashAlgorithm, HashType, XsUri
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from connector.settings import VERSION
from devtools.security.packages import Package, packages


def sbom() -> str:
    """The bill of materials as JSON."""
    pins = list(packages())
    bom = Bom()
    bom.metadata.component = Component(
        name="meo-connector", version=VERSION, type=ComponentType.APPLICATION, bom_ref="meo-connector"
    )
    components = {one.name: _component(one) for one in pins}
    bom.components.update(components.values())
    bom.register_dependency(bom.metadata.component, components.values())
    for name, component in components.items():
        asked = {re.split(r"[^\w.-]", one)[0].lower().replace("_", "-") for one in requires(name) or ()}
        bom.register_dependency(component, [components[other] for other in asked & components.keys()])
    return JsonV1Dot6(bom).output_as_string(indent=2)


def _component(one: Package) -> Component:
    address = PackageURL("pypi", name=one.name, version=one.version)
    # Of its files, for each platform, so of what is downloaded and not of the package.
    files = ExternalReference(
        type=ExternalReferenceType.DISTRIBUTION,
        url=XsUri(f"https://pypi.org/project/{one.name}/{one.version}/"),
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=content) for content in one.hashes],
    )
    return Component(
        name=one.name,
        version=one.version,
        type=ComponentType.LIBRARY,
        purl=address,
        bom_ref=str(address),
        licenses=[LicenseFactory().make_from_string(one.licence)],
        external_references=[files],
    )


if __name__ == "__main__":
    argparse.ArgumentParser(prog="make sbom", description=__doc__).parse_args()
    sys.stdout.write(sbom() + "\n")
