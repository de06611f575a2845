SELECT
    a.id AS alert_id,
    a.rule_id,
    a.rule_version,
    a.kind,
    r.name_fr AS rule_fr,
    r.name_en AS rule_en,
    a.theme_id,
    t.label_fr,
    t.label_en,
    a.state,
    a.opened_on,
    a.closed_on,
    CASE WHEN a.closed_on IS NULL THEN 1 ELSE 0 END AS is_open,
    a.signal_state,
    a.score,
    a.threshold,
    a.lift,
    a.peak_lift,
    a.observed,
    a.expected,
    a.sources,
    a.reason_fr,
    a.reason_en,
    a.version,
    COALESCE(f.useful, 0) AS useful,
    COALESCE(f.known, 0) AS known,
    COALESCE(f.noise, 0) AS noise,
    CAST(a.evidence AS TEXT) AS evidence_json
FROM alerts AS a
JOIN themes AS t ON t.id = a.theme_id
LEFT JOIN (SELECT id, MAX(version) AS version FROM rules GROUP BY id) AS newest ON newest.id = a.rule_id
LEFT JOIN rules AS r ON r.id = newest.id AND r.version = newest.version
LEFT JOIN (
    SELECT
        alert_id,
        SUM(CASE WHEN verdict = 'useful' THEN 1 ELSE 0 END) AS useful,
        SUM(CASE WHEN verdict = 'known' THEN 1 ELSE 0 END) AS known,
        SUM(CASE WHEN verdict = 'noise' THEN 1 ELSE 0 END) AS noise
    FROM feedback
    GROUP BY alert_id
) AS f ON f.alert_id = a.id
