SELECT
    r.id AS rule_id,
    r.version AS rule_version,
    r.name_fr AS rule_fr,
    r.name_en AS rule_en,
    CASE WHEN r.enabled THEN 1 ELSE 0 END AS enabled,
    COALESCE(c.alerts, 0) AS alerts,
    COALESCE(c.open_alerts, 0) AS open_alerts,
    COALESCE(c.alerts_of_version, 0) AS alerts_of_version,
    COALESCE(v.useful, 0) AS useful,
    COALESCE(v.known, 0) AS known,
    COALESCE(v.noise, 0) AS noise,
    CAST(r.settings AS TEXT) AS settings_json
FROM rules AS r
JOIN (SELECT id, MAX(version) AS version FROM rules GROUP BY id) AS newest ON newest.id = r.id AND newest.version = r.version
LEFT JOIN (
    SELECT
        a.rule_id,
        COUNT(*) AS alerts,
        SUM(CASE WHEN a.closed_on IS NULL THEN 1 ELSE 0 END) AS open_alerts,
        SUM(CASE WHEN a.rule_version = n.version THEN 1 ELSE 0 END) AS alerts_of_version
    FROM alerts AS a
    JOIN (SELECT id, MAX(version) AS version FROM rules GROUP BY id) AS n ON n.id = a.rule_id
    GROUP BY a.rule_id
) AS c ON c.rule_id = r.id
LEFT JOIN (
    SELECT
        a.rule_id,
        SUM(CASE WHEN f.verdict = 'useful' THEN 1 ELSE 0 END) AS useful,
        SUM(CASE WHEN f.verdict = 'known' THEN 1 ELSE 0 END) AS known,
        SUM(CASE WHEN f.verdict = 'noise' THEN 1 ELSE 0 END) AS noise
    FROM feedback AS f
    JOIN alerts AS a ON a.id = f.alert_id
    GROUP BY a.rule_id
) AS v ON v.rule_id = r.id
