"""Dots of the virtual printer: drawings as they are sent, grown, and QR codes that it draws itself."""

from __future__ import annotations

from dataclasses import dataclass

import qrcode
from PIL import Image, ImageChops

from ticket_printer.virtual.paper import WHITE

_LEVELS = {48: qrcode.constants.ERROR_CORRECT_L, 49: qrcode.constants.ERROR_CORRECT_M,
           50: qrcode.constants.ERROR_CORRECT_Q, 51: qrcode.constants.ERROR_CORRECT_H}


@dataclass
class Code:
    """A QR code in the making: dots of a module, level of correction as it is sent, content."""

    module: int = 3
    level: int = 48
    content: bytes = b""

    def drawn(self) -> Image.Image:
        """The code, without white around it."""
        code = qrcode.QRCode(border=0, error_correction=_LEVELS.get(self.level, qrcode.constants.ERROR_CORRECT_L))
        code.add_data(self.content)
        code.make(fit=True)
        matrix = code.get_matrix()
        drawn = Image.new("1", (len(matrix), len(matrix)), WHITE)
        drawn.putdata([0 if dark else WHITE for row in matrix for dark in row])
        return grown(drawn, self.module, self.module)


def dots_of(data: bytes, width: int, height: int) -> Image.Image:
    """Rows of dots, eight to a byte, black where a bit is set; what is missing is white."""
    whole = data.ljust(width // 8 * height, b"\0")
    return ImageChops.invert(Image.frombytes("1", (width, height), whole))


def grown(dots: Image.Image, wide: int, high: int) -> Image.Image:
    """Each dot as a block of dots."""
    return dots.resize((dots.width * wide, dots.height * high), Image.Resampling.NEAREST)
