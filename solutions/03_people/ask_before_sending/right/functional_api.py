def build_mailer(saver, send):
    @entrypoint(checkpointer=saver)
    def mail(given):
        approved = interrupt(given["text"])
        return {**given, "sent": send(given["text"]) if approved else None}

    return mail
