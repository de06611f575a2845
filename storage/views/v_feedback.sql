SELECT
    f.id AS feedback_id,
    f.alert_id,
    a.rule_id,
    a.rule_version,
    a.kind,
    a.theme_id,
    t.label_fr,
    t.label_en,
    a.opened_on,
    f.verdict,
    f.given_by,
    f.given_at,
    f.note
FROM feedback AS f
JOIN alerts AS a ON a.id = f.alert_id
JOIN themes AS t ON t.id = a.theme_id
