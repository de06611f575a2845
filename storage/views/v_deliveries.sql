SELECT
    d.id AS delivery_id,
    d.subscription_id,
    s.content,
    s.lang,
    d.channel,
    d.target,
    d.subject_id,
    d.state,
    d.attempts,
    d.created_at,
    d.next_attempt_at,
    d.sent_at,
    d.error
FROM deliveries AS d
JOIN subscriptions AS s ON s.id = d.subscription_id
