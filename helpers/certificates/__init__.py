"""Certificates: every export people have → one `Certificate`, its forms, and what there is to say about it."""

from helpers.certificates.certificate import KEY_ENCODING, KEY_TYPE, KEY_USAGE, Certificate
from helpers.certificates.files import read_certificate_file
from helpers.certificates.reading import LARGEST_INPUT, read_certificate
from helpers.certificates.remark import Remark, expiry_window, remarks

__all__ = [
    "KEY_ENCODING",
    "KEY_TYPE",
    "KEY_USAGE",
    "LARGEST_INPUT",
    "Certificate",
    "Remark",
    "expiry_window",
    "read_certificate",
    "read_certificate_file",
    "remarks",
]
