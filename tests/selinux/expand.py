#!/usr/bin/python3
"""Prints, for each source type of a compiled policy, how many cells (target, class) its unconditional
allow rules come to, as setools expands them, and a sum of hashes of these cells.

expand.py POLICY
A cell's hash: the first 8 bytes, little-endian, of the SHA-256 of "target class permissions", the
permissions sorted and joined by ','.
"""
import hashlib
import sys
from collections import defaultdict

import setools

cells = defaultdict(lambda: defaultdict(set))
for rule in setools.SELinuxPolicy(sys.argv[1]).terules():
    if rule.ruletype != setools.TERuletype.allow:
        continue
    try:
        rule.conditional
        continue
    except setools.exception.RuleNotConditional:
        pass
    permissions = rule.perms
    for one in rule.expand():
        cells[str(one.source)][(str(one.target), str(one.tclass))] |= permissions

for source in sorted(cells):
    total = 0
    for (target, tclass), permissions in cells[source].items():
        text = f"{target} {tclass} {','.join(sorted(permissions))}"
        total += int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "little")
    print(source, len(cells[source]), total % 2**64)
