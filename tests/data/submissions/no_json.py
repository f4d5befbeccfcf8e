# says: a file that is no JSON
# place: file
# expect: unreadable


def submit(notebook):
    return b"PK\x03\x04 this is my homework.docx"
