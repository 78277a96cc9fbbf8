import pytest

from engine.errors import BihuanError
from engine.workflow import xml


def refusal(source: bytes) -> BihuanError:
    with pytest.raises(BihuanError) as refused:
        xml.load(source)
    return refused.value


def test_a_plain_file_is_read() -> None:
    root = xml.load("<a xmlns='urn:x' b='1'><!-- note --><?pi?><c>整改</c></a>".encode())
    assert xml.local(root) == "a"
    assert xml.namespace(root) == "urn:x"
    assert [xml.local(child) for child in root] == ["", "", "c"]
    assert root[2].text == "整改"
    assert xml.split_name("{urn:y}b") == ("urn:y", "b")


@pytest.mark.parametrize("source", [b"", b"   ", b"<a>", b"<a/><b/>", b"\x00\xff", b"a", b"<a b='1' b='2'/>"])
def test_what_is_no_xml_is_refused(source: bytes) -> None:
    assert refusal(source).code == "not_xml"


BOMB = "<!DOCTYPE a [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;'><!ENTITY c '&b;&b;&b;&b;&b;'>]><a>&c;</a>"


@pytest.mark.parametrize(
    "source",
    [
        b"<!DOCTYPE a><a/>",
        b"<?xml version='1.0'?>\n<!-- x -->\n<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>",
        b"<!DOCTYPE a [<!ENTITY x SYSTEM 'http://localhost/x'>]><a>&x;</a>",
        b"<!DOCTYPE a [<!ENTITY x 'y'>]><a b='&x;'/>",
        BOMB.encode(),
        BOMB.encode("utf-16"),
    ],
)
def test_a_doctype_is_refused_in_any_encoding(source: bytes) -> None:
    assert refusal(source).code == "doctype"


def test_too_many_elements_are_refused_with_their_number() -> None:
    xml.load(b"<a>" + b"<b/>" * 19_999 + b"</a>")
    error = refusal(b"<a>" + b"<b/>" * 30_000 + b"</a>")
    assert error.code == "too_large"
    assert "30001 elements, where 20000 are allowed" in str(error)


def test_too_many_bytes_are_refused_with_their_number() -> None:
    error = refusal(b"<a>" + b" " * 5_000_000 + b"</a>")
    assert error.code == "too_large"
    assert "5000007 bytes" in str(error)


def test_too_deep_a_file_is_refused() -> None:
    assert refusal(b"<a>" * 1000 + b"</a>" * 1000).code == "not_xml"
