"""Each mistake that a file can hold, with the sentence a person reads: line, key, cause, remedy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.declaring import DEPLOYER, OWNER, TENANT
from tests.judging import GITLAB, changed, http_state, said

if TYPE_CHECKING:
    from pathlib import Path

_TENANT_LINE = f"tenant_id: {TENANT}"
_DEPLOYER_LINE = f"deployer: {DEPLOYER}"
_ENTRY = "psn-01: certificates/psn-01.pem"
_GITLABS = http_state(GITLAB, lock="/lock")
_STATE = "backend: azurerm\n  storage_account_name: tfstate\n  container_name: ise-intune"
_WRITES = "`ise-intune new NAME` writes a file that explains each key"
_SECRET = "is a secret or belongs to one, and no file here holds any"
_NOT_BELOW = (
    "is not a path below the environments' folder; put the file below that folder and write its path with / from there"
)
_BY_ID = "write a permission this project does not know by its id (GUID)"
_EXPORT = 'export the node\'s certificate again in ISE with "Export Certificate Only"'


def _extra(permission: str, *, api: str = "Microsoft Graph", type_: str = "application") -> tuple[str, str]:
    entry = f'{{api: "{api}", permission: {permission}, type: {type_}, reason: why}}'
    return "extra: []", f"extra: [{entry}]"


@pytest.mark.parametrize(
    ("replacement", "sentence"),
    [
        # the file itself
        (("schema: 1\n", ""), f"1 schema: is missing; add `schema:`; {_WRITES}"),
        (("schema: 1", "schema: 2"), ("1 schema: 2 is a newer form of this file than this ise-intune reads; "
         "update ise-intune")),
        (("schema: 1", 'schema: "1"'), ("1 schema: '1' is not 1, the form of file this ise-intune reads; "
         "write `schema: 1`")),
        (("schema: 1", "schema: true"), ("1 schema: 'True' is not 1, the form of file this ise-intune reads; "
         "write `schema: 1`")),
        (("cloud: global", "clout: global"), "3 clout: is not a known key; did you mean `cloud`?"),
        (("cloud: global", "clout:"), "3 clout: is not a known key; did you mean `cloud`?"),
        (("patch: 4", "pach: 4"), "14 ise.pach: is not a known key; did you mean `patch`?"),
        # ids
        ((_TENANT_LINE, "tenant_id:"), f"2 tenant_id: is missing; add `tenant_id:`; {_WRITES}"),
        ((_TENANT_LINE, "tenant_id: ''"), "2 tenant_id: is empty; write something"),
        ((_TENANT_LINE, "tenant_id: 12"), "2 tenant_id: '12' is not text; put it in quotes"),
        ((_TENANT_LINE, "tenant_id: [a]"), "2 tenant_id: a list is not text; put it in quotes"),
        ((_TENANT_LINE, f"tenant_id: '{{{TENANT}}}'"), (f"2 tenant_id: '{{{TENANT}}}' is not a GUID; "
         "copy the id from the portal: 32 hex digits in five groups, without braces")),
        ((_TENANT_LINE, "tenant_id: contoso.onmicrosoft.com"), ("2 tenant_id: 'contoso.onmicrosoft.com' is not a GUID; "
         "copy the id from the portal: 32 hex digits in five groups, without braces")),
        ((_TENANT_LINE, "tenant_id: 00000000-0000-0000-0000-000000000000"),
         "2 tenant_id: is still to be filled in; write the real value"),
        ((_DEPLOYER_LINE, "deployer: 00000000-0000-0000-0000-000000000000"),
         "4 deployer: is still to be filled in; write the real value"),
        ((DEPLOYER, TENANT.upper()), ("4 deployer: is the tenant's id; "
         "write the object id of the pipeline's service principal (Enterprise applications > Object ID)")),
        ((_DEPLOYER_LINE, f"{_DEPLOYER_LINE}\nclient_id: {DEPLOYER}"), ("4 deployer: is this application's client id; "
         "write the object id of the pipeline's service principal (Enterprise applications > Object ID)")),
        (("owners: []", "owners: [x]"), ("7 application.owners[0]: 'x' is not a GUID; "
         "copy the id from the portal: 32 hex digits in five groups, without braces")),
        (("owners: []", f"owners: {OWNER}"), (f"7 application.owners: '{OWNER}' is not a list; "
         "write each item on a line of its own after `- `, or `[]` for none")),
        (("owners: []", "owners: [~]"), "7 application.owners[0]: nothing is not text; put it in quotes"),
        # choices
        (("cloud: global", "cloud: Global"), ("3 cloud: 'Global' is not one of 'global', 'usgovernmentl4', "
         "'usgovernmentl5' or 'china'; choose one of these")),
        (("profile: minimal", "profile: all"), ("9 permissions.profile: 'all' is not one of 'minimal', 'article-2016', "
         "'support-tip-2020' or 'as-found'; choose one of these")),
        (("admin_consent: manual", "admin_consent: yes"), ("11 permissions.admin_consent: 'yes' is not one of 'manual' "
         "or 'terraform'; choose one of these")),
        # text
        (("Cisco ISE", "12"), "6 application.display_name: '12' is not text; put it in quotes"),
        (("Cisco ISE", "true"), "6 application.display_name: true is not text; put it in quotes"),
        (("Cisco ISE", "{a: b}"), "6 application.display_name: a mapping is not text; put it in quotes"),
        (("Cisco ISE", "' '"), "6 application.display_name: ' ' begins or ends with a space; take it off"),
        (("Cisco ISE", "'x '"), "6 application.display_name: 'x ' begins or ends with a space; take it off"),
        (("Cisco ISE", "x" * 121), "6 application.display_name: is longer than 120 characters; shorten it"),
        (("Cisco ISE", '"a\\nb"'), "6 application.display_name: has more than one line; write it on one line"),
        (("Cisco ISE", '"a\\e[2Jb"'), ("6 application.display_name: holds control or invisible characters; "
         "type the text anew")),
        (("Cisco ISE", "a\u202eb"), ("6 application.display_name: holds control or invisible characters; "
         "type the text anew")),
        (("Cisco ISE", "Cisco\u3164ISE"), ("6 application.display_name: holds control or invisible characters; "
         "type the text anew")),
        (("Cisco ISE", "${TfToken[TOKEN.0]}"),
         ("6 application.display_name: holds `TfToken[`, a marker of CDKTF's own; "
         "use another text")),
        (("owners: []", 'notes: "a\\0b"'), ("7 application.notes: holds control or invisible characters; "
         "type the text anew")),
        # ISE
        (('"3.3"', "3"),
         '13 ise.release: \'3\' is not an ISE release; write it as in "3.3", in quotes, the patch apart'),
        (('"3.3"', "3.3 patch 4"), ("13 ise.release: '3.3 patch 4' is not an ISE release; "
         'write it as in "3.3", in quotes, the patch apart')),
        (('"3.3"\n  patch: 4', '"3.1"\n  patch: 7'),
         ("13 ise.release: ISE 3.1 patch 7 cannot work with Intune: it asks "
         "Intune's old NAC service, which Microsoft ended in March 2024; install patch 8 or later of ISE 3.1")),
        (("patch: 4", 'patch: "4"'), "14 ise.patch: '4' is not a whole number; write digits without quotes"),
        (("patch: 4", "patch: 04"), "14 ise.patch: '04' is not a whole number; write digits without quotes"),
        (("patch: 4", "patch: true"), "14 ise.patch: true is not a whole number; write digits without quotes"),
        (("patch: 4", "patch: -1"), "14 ise.patch: '-1' is below 0; write the number ISE shows"),
        (("patch: 4", "patch: 100"), "14 ise.patch: '100' is above 99; write the number ISE shows"),
        (("patch: 4", "api: http://pan"), ("14 ise.api: 'http://pan' is not the address of a server; "
         "write https:// and a host, with a port if need be: no user name, path or query")),
        (("patch: 4", "api: https://admin:hunter2@pan"), ("14 ise.api: the text is not the address of a server; "
         "write https:// and a host, with a port if need be: no user name, path or query")),
        # permissions
        (_extra("x", api="Microsoft Grap"), ("10 permissions.extra[0].api: 'Microsoft Grap' is not an API this project "
         "knows; did you mean `Microsoft Graph`? Write any other API by its client id (GUID)")),
        (_extra("x", api="00000002-0000-0000-c000-000000000000"), ("10 permissions.extra[0].api: "
         "00000002-0000-0000-c000-000000000000 is not for permissions: Azure AD Graph: retired 2023-06-30; "
         "ask for permissions of `Microsoft Graph` or `Microsoft Intune API`")),
        (_extra("Group.Read.Al"), ("10 permissions.extra[0].permission: 'Group.Read.Al' is not a known application "
         "permission of Microsoft Graph; did you mean `Group.Read.All` or `User.Read.All`? "
         f"Else {_BY_ID}")),
        (_extra("application.read.al"), ("10 permissions.extra[0].permission: 'application.read.al' is not a known "
         f"application permission of Microsoft Graph; did you mean `Application.Read.All`? Else {_BY_ID}")),
        (_extra("applicationreadwrite.all"), ("10 permissions.extra[0].permission: 'applicationreadwrite.all' is not a "
         "known application permission of Microsoft Graph; did you mean `Application.ReadWrite.All` or "
         f"`Application.Read.All`? Else {_BY_ID}")),
        (_extra("RoleManagement.ReadWrite.Directory"), ("10 permissions.extra[0].permission: "
         "'RoleManagement.ReadWrite.Directory' is not a known application permission of Microsoft Graph; "
         f"{_BY_ID}")),
        (_extra("qqqq"),
         ("10 permissions.extra[0].permission: 'qqqq' is not a known application permission of Microsoft "
         "Graph; write a permission this project does not know by its id (GUID)")),
        (_extra("openid"), ("10 permissions.extra[0].permission: 'openid' is not a known application permission of "
         "Microsoft Graph; it is a permission of type `delegated`")),
        (_extra("37f7f235-527c-4136-accd-4a02d197296e"), ("10 permissions.extra[0].permission: "
         "'37f7f235-527c-4136-accd-4a02d197296e' is not a known application permission of Microsoft Graph; "
         "it is a permission of type `delegated`")),
        (_extra("Application.Read.All"), ("10 permissions.extra[0]: Application.Read.All is asked for by the profile "
         "`minimal` already; take this entry out")),
        (("extra: []\n  admin_consent: manual", (f"extra: [{{api: Microsoft Graph, permission: {OWNER}, "
          "type: delegated, reason: r}]\n  admin_consent: terraform")),
         ("10 permissions.extra[0].permission: cannot be "
         "granted by Terraform, which grants by name; write it by its name, or use `admin_consent: manual`")),
        (("extra: []", "extra: [{api: Microsoft Graph, permission: User.Read, type: delegated, reason: ' '}]"),
         "10 permissions.extra[0].reason: ' ' is blank; write something"),
        (("extra: []", "extra: [{api: Microsoft Graph, permission: User.Read, type: delegated}]"),
         f"10 permissions.extra[0].reason: is missing; add `reason:`; {_WRITES}"),
        # certificates: their entries
        ((f"\n  {_ENTRY}", " {}"), "15 certificates: is empty; name at least 1"),
        ((f"\n  {_ENTRY}", ""), f"15 certificates: is missing; add `certificates:`; {_WRITES}"),
        ((f"\n  {_ENTRY}", " []"), ("15 certificates: a list is not a mapping of keys; "
         "write `key: value` lines below it, indented")),
        ((_ENTRY, "1st: certificates/psn-01.pem"), ("16 certificates.1st: '1st' cannot name a certificate; "
         "begin with a letter; then letters, digits, - and _, 63 at most")),
        ((_ENTRY, "a.b: certificates/psn-01.pem"), ("16 certificates.a.b: 'a.b' cannot name a certificate; "
         "begin with a letter; then letters, digits, - and _, 63 at most")),
        ((_ENTRY, "psn-01:"), ("16 certificates.psn-01: nothing is not a certificate's path; "
         "write the path of its file, from this folder")),
        ((_ENTRY, "psn-01: [certificates/psn-01.pem]"), ("16 certificates.psn-01: a list is not a certificate's path; "
         "write the path of its file, from this folder")),
        ((_ENTRY, "psn-01: {file: certificates/psn-01.pem}"),
         f"16 certificates.psn-01.nodes: is missing; add `nodes:`; {_WRITES}"),
        ((_ENTRY, "psn-01: {file: certificates/psn-01.pem, nodes: []}"),
         "16 certificates.psn-01.nodes: is empty; name at least 1"),
        ((_ENTRY, "psn-01: {file: certificates/psn-01.pem, nodes: ['a b']}"), ("16 certificates.psn-01.nodes[0]: 'a b' "
         "is not a node's name; write the node's host name: letters, digits, dots and hyphens")),
        ((_ENTRY, "psn-01: {nodes: [a]}"), f"16 certificates.psn-01.file: is missing; add `file:`; {_WRITES}"),
        ((_ENTRY, f"{_ENTRY}\n  psn-02: certificates/psn-01.pem"),
         ("17 certificates.psn-02: is the same certificate as "
         "`psn-01`; keep one entry and list the nodes of both there: "
         "`{file: certificates/psn-01.pem, nodes: [psn-02, …]}`")),
        # certificates: their files
        ((_ENTRY, "psn-01: ../psn-01.pem"), f"16 certificates.psn-01: ../psn-01.pem: {_NOT_BELOW}"),
        ((_ENTRY, "psn-01: a/../../psn-01.pem"), f"16 certificates.psn-01: a/../../psn-01.pem: {_NOT_BELOW}"),
        ((_ENTRY, "psn-01: /etc/passwd"), f"16 certificates.psn-01: /etc/passwd: {_NOT_BELOW}"),
        ((_ENTRY, "psn-01: C:/psn.pem"), f"16 certificates.psn-01: C:/psn.pem: {_NOT_BELOW}"),
        ((_ENTRY, "psn-01: a\\..\\..\\psn.pem"), f"16 certificates.psn-01: a\\..\\..\\psn.pem: {_NOT_BELOW}"),
        ((_ENTRY, "psn-01: certificates/none.pem"), ("16 certificates.psn-01: certificates/none.pem: does not exist; "
         "check the path; `ise-intune certificate add production psn-01 FILE` puts it there")),
        ((_ENTRY, "psn-01: certificates"), ("16 certificates.psn-01: certificates: is a directory; "
         "name the file in it")),
        ((_ENTRY, "psn-01: production.yaml"), "16 certificates.psn-01: production.yaml: is text without a certificate; "
         + _EXPORT),
        ((_ENTRY, 'psn-01: "a\\0b"'), ("16 certificates.psn-01: holds control or invisible characters; "
         "type the text anew")),
        ((_ENTRY, f"psn-01: {'x' * 300}"),
         (f"16 certificates.psn-01: {'x' * 199}…: is a path that leads nowhere;"
         " put the file itself there")),
        ((_ENTRY, f"psn-01: {'x' * 2000}"), ("16 certificates.psn-01: is no path, being too long for one; "
         "put the certificate into a file, and write the file's path")),
        ((_ENTRY, "psn-01: |\n    -----BEGIN CERTIFICATE-----\n    MIIC\n"), ("16 certificates.psn-01: holds a "
         "certificate; put it into a file below this folder, and write the file's path")),
        ((_ENTRY, "psn-01: |\n    -----BEGIN PRIVATE KEY-----\n    hunter2\n"), ("16 certificates.psn-01: holds a "
         "private key, which has no business here; "
         "take it out, and make a new key for the node: this one is no longer private")),
        # decisions
        (("cloud: global", "exceptions: [{rule: a, subject: b, reason: c, until: 31.12.2026}]"),
         "3 exceptions[0].until: '31.12.2026' is not a date; write year, month and day as in 2027-03-31"),
        (("cloud: global", "exceptions: [{rule: a, subject: b, reason: c, until: 2026-02-30}]"),
         "3 exceptions[0].until: '2026-02-30' is not a date; write year, month and day as in 2027-03-31"),
        (("cloud: global", "exceptions: [{rule: a, subject: b, reason: c, until: 20261231}]"),
         "3 exceptions[0].until: '20261231' is not a date; write year, month and day as in 2027-03-31"),
        (("cloud: global", "revoked: [{sha256: ab, common_name: a, reason: b, date: 2026-01-01}]"),
         ("3 revoked[0].sha256: 'ab' is not a SHA-256; "
         "write 64 hex digits, as `ise-intune certificate show` prints them")),
        (("cloud: global", "unaudited: {surface: owners}"), ("3 unaudited: a mapping is not a list; "
         "write each item on a line of its own after `- `, or `[]` for none")),
        # endpoints
        (("cloud: global", "endpoints: {login_host: login.microsoft.com}"),
         "3 endpoints.login_host: may not be changed; take it out: the address for cloud `global` is known"),
        (("cloud: global", "cloud: china\nendpoints: {login_host: login.microsoft.com.evil.example}"),
         ("4 endpoints.login_host: 'login.microsoft.com.evil.example' is not under one of Microsoft's domains; "
         "write the address that Microsoft's documentation names for this cloud")),
        (("cloud: global", "cloud: china\nendpoints: {login_host: notmicrosoft.com}"),
         ("4 endpoints.login_host: 'notmicrosoft.com' is not under one of Microsoft's domains; "
         "write the address that Microsoft's documentation names for this cloud")),
        (("cloud: global", "cloud: china\nendpoints: {login_host: vm.chinanorth.cloudapp.chinacloudapi.cn}"),
         ("4 endpoints.login_host: 'vm.chinanorth.cloudapp.chinacloudapi.cn' is not under one of Microsoft's domains; "
         "write the address that Microsoft's documentation names for this cloud")),
        *(
            (("cloud: global", f"cloud: china\nendpoints: {{login_host: '{host}'}}"),
             (f"4 endpoints.login_host: {'the text' if '://' in host else repr(host)} is not a host name; "
             "write the bare name in small letters, without https://, port or path"))
            for host in (
                "evil.example/.microsoft.cn",
                "evil.example?.microsoft.cn",
                "evil.example#.microsoft.cn",
                "https://u@login.microsoft.cn",
                "evil.example:443.microsoft.cn",
                "user@login.microsoft.cn",
                "login.microsoft.cn.",
                "login\u3002microsoft\u3002cn",
                "LOGIN.MICROSOFT.CN",
                "\uff4cogin.microsoft.cn",
                ".microsoft.cn",
            )
        ),
        (("cloud: global", "cloud: china\nendpoints: {intune_audience: 'https://api.microsoft.com.evil.example/'}"),
         ("4 endpoints.intune_audience: 'https://api.microsoft.com.evil.example/' is not under one of Microsoft's "
         "domains; write the address that Microsoft's documentation names for this cloud")),
        (("cloud: global", "cloud: china\nendpoints: {intune_audience: 'https://evil.example/?.microsoft.cn/'}"),
         ("4 endpoints.intune_audience: 'https://evil.example/?.microsoft.cn/' is not an audience; "
         "write https://, a host in small letters, and a slash at the end")),
        # state
        ((_STATE, "path: x"), ("17 state: names no known backend; "
         "write `backend:` and one of local, azurerm, pg, http, remote")),
        ((_STATE, "backend: s3"), ("18 state.backend: names no known backend; "
         "write `backend:` and one of local, azurerm, pg, http, remote")),
        (("tfstate\n", "fill-in\n"), "19 state.storage_account_name: is still to be filled in; write the real value"),
        (("tfstate\n", "AccountKey=hunter2\n"), ("19 state.storage_account_name: the text is not a storage account's "
         "name; write 3 to 24 small letters and digits")),
        ((_STATE, f"{_STATE}\n  access_key: hunter2"), (f"21 state.access_key: {_SECRET}; take it out, change it if it "
         "was pushed, and set ARM_ACCESS_KEY in the pipeline's environment")),
        ((_STATE, "backend: pg\n  conn_str: postgres://u:hunter2@h/d"), (f"19 state.conn_str: {_SECRET}; take it out, "
         "change it if it was pushed, and set PG_CONN_STR in the pipeline's environment")),
        (("cloud: global", "admin_passwort: hunter2"), (f"3 admin_passwort: {_SECRET}; "
         "take it out, and change the secret if it was pushed")),
        ((_STATE, http_state("https://u:hunter2@h/d", at="https://h/d")), ("19 state.address: the text is not a plain "
         "https:// address; write scheme, host and path: no user name, query or secret")),
        ((_STATE, http_state("https://h/d?token=hunter2", at="https://h/d")), ("19 state.address: the text is not a "
         "plain https:// address; write scheme, host and path: no user name, query or secret")),
        ((_STATE, f"{http_state('https://h/d')}\n  password: hunter2"), (f"22 state.password: {_SECRET}; take it out, "
         "change it if it was pushed, and set TF_HTTP_PASSWORD in the pipeline's environment")),
        ((_STATE, http_state("https://h/d").rpartition("\n")[0]), ("17 state.unlock_address: is missing; "
         "add `unlock_address:`; `ise-intune new NAME` writes a file that explains each key")),
        ((_STATE, f"{_GITLABS}\n  lock_method: POST"), ("17 state.unlock_method: is not DELETE, "
         "which GitLab needs; write `unlock_method: DELETE`")),
        ((_STATE, f"{_GITLABS}\n  lock_method: PUT\n  unlock_method: DELETE"),
         ("22 state.lock_method: is not POST, which GitLab needs; write `lock_method: POST`")),
        ((_STATE, f"{_GITLABS}/b\n  lock_method: POST\n  unlock_method: DELETE"), ("21 state.unlock_address: is not "
         "where GitLab locks this state; write the text of `address` and `/lock` after it")),
        ((_STATE, "backend: pg\n  schema_name: pg_state"), ("19 state.schema_name: is a name that PostgreSQL keeps for "
         "itself; choose another name, or leave it out")),
        ((_STATE, "backend: local\n  path: ../x.tfstate"), ("19 state.path: the text is not a path for a state file; "
         "write it from the project's root, ending in .tfstate, with no part that begins with a dot")),
        ((_STATE, "backend: local\n  path: main.py"), ("19 state.path: the text is not a path for a state file; "
         "write it from the project's root, ending in .tfstate, with no part that begins with a dot")),
        ((_STATE, f"{_STATE}\n  use_oidc: yes"), ("21 state.use_oidc: the text is not true or false; "
         "write one of these, without quotes")),
    ],
    ids=lambda value: value[:90] if isinstance(value, str) else "",
)  # fmt: skip
def test_each_mistake_names_its_line_its_key_its_cause_and_the_remedy(
    tmp_path: Path, replacement: tuple[str, str], sentence: str
) -> None:
    sentences = said(tmp_path, changed(replacement))
    assert sentences == [sentence]
    assert "hunter2" not in sentence, "a secret that somebody wrote is never repeated"
