"""What a refusal says to a person, in the office's languages: what is wrong, and the cure."""

from __future__ import annotations

from collections.abc import Iterable

REFUSALS: dict[str, dict[str, str]] = {
    "bad-message": {
        "vi": "Thiết bị gửi yêu cầu không đúng mẫu ({about}). Vui lòng báo kỹ thuật.",
        "en": "The device sent a request of the wrong form ({about}). Please tell the technician."},
    "too-large": {
        "vi": "Yêu cầu quá dài ({about}). Vui lòng rút ngắn nội dung.",
        "en": "The request is too long ({about}). Please shorten it."},
    "not-supported": {
        "vi": "Chức năng “{about}” chưa có trong phiên bản này.",
        "en": "This version has no “{about}” yet."},
    "not-allowed": {
        "vi": "Thiết bị hoặc tài khoản này không được phép làm việc này ({about}).",
        "en": "This device or account may not do this ({about})."},
    "unknown-service": {
        "vi": "Không có dịch vụ “{about}”. Vui lòng chọn một dịch vụ trong danh sách.",
        "en": "There is no service “{about}”. Please choose one of the list."},
    "unknown-counter": {
        "vi": "Không có quầy “{about}”. Vui lòng kiểm tra số quầy.",
        "en": "There is no counter “{about}”. Please check the number."},
    "unknown-ticket": {
        "vi": "Không tìm thấy số “{about}” trong ngày hôm nay. Vui lòng kiểm tra lại phiếu.",
        "en": "No ticket “{about}” was found today. Please check the slip."},
    "service-closed": {
        "vi": "Dịch vụ này đang tạm ngừng nhận. Vui lòng hỏi cán bộ hướng dẫn.",
        "en": "This service is closed. Please ask the person at the door."},
    "outside-hours": {
        "vi": "Chưa đến giờ hoặc đã hết giờ lấy số. Vui lòng quay lại trong giờ làm việc.",
        "en": "Numbers are not given at this hour. Please come back in office hours."},
    "limit-reached": {
        "vi": "Hôm nay đã hết số cho dịch vụ này. Vui lòng hỏi cán bộ hướng dẫn.",
        "en": "Today's numbers for this service are used up. Please ask the person at the door."},
    "counter-closed": {
        "vi": "Quầy {about} đang đóng hoặc tạm dừng. Vui lòng mở quầy trước.",
        "en": "Counter {about} is closed or paused. Please open it first."},
    "counter-busy": {
        "vi": "Đang có người ở quầy, hoặc nút vừa được bấm ({about}). Vui lòng hoàn tất lượt này trước.",
        "en": "Somebody is at the counter, or the button was just pressed ({about}). Please finish this visit first."},
    "counter-idle": {
        "vi": "Quầy {about} chưa gọi ai. Vui lòng bấm “Gọi tiếp”.",
        "en": "Nobody was called to counter {about}. Please press “Next”."},
    "counter-changed": {
        "vi": "Quầy {about} vừa thay đổi. Vui lòng xem lại màn hình rồi bấm lại.",
        "en": "Counter {about} has just changed. Please look again, then press again."},
    "nobody-waiting": {
        "vi": "Hiện không có ai chờ ở quầy {about}.",
        "en": "Nobody is waiting for counter {about}."},
    "not-waiting": {
        "vi": "Số {about} không còn trong hàng chờ.",
        "en": "Number {about} is no longer waiting."},
    "not-finished": {
        "vi": "Lượt {about} chưa phục vụ xong nên chưa đánh giá được.",
        "en": "Visit {about} is not finished, so it can not be rated yet."},
    "already-rated": {
        "vi": "Lượt {about} đã được đánh giá. Cảm ơn Ông/Bà.",
        "en": "Visit {about} was rated already. Thank you."},
    "too-late": {
        "vi": "Yêu cầu đến quá muộn nên không được thực hiện ({about}). Vui lòng bấm lại.",
        "en": "The request came too late and was not carried out ({about}). Please press again."},
    "storage-failed": {
        "vi": "Máy chủ chưa ghi được dữ liệu. Vui lòng thử lại sau vài giây; nếu vẫn lỗi, báo kỹ thuật.",
        "en": "The hub could not write to its disk. Please try again in a few seconds; if it persists, "
              "tell the technician."},
}


def refusal(code: str, about: object, languages: Iterable[str]) -> dict[str, str]:
    """The refusal in the site's languages; English stands in for one that has no text yet."""
    shown = "–" if about is None else str(about)[:80]
    texts = REFUSALS[code]
    return {lang: texts.get(lang, texts["en"]).format(about=shown) for lang in languages}
