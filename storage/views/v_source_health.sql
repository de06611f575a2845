SELECT
    s.id AS source_id,
    s.name AS source_name,
    s.kind,
    s.lang,
    s.territory,
    CASE WHEN s.enabled THEN 1 ELSE 0 END AS enabled,
    s.theme,
    s.rights,
    s.licence,
    CASE WHEN s.trial THEN 1 ELSE 0 END AS trial,
    s.disabled_reason,
    s.tdm,
    s.tdm_read_at,
    s.gap_days AS usual_gap_days,
    s.state,
    s.state_reason,
    s.last_visit_at,
    s.last_success_at,
    s.next_visit_at,
    s.failures AS failures_in_a_row,
    COALESCE(v.visits, 0) AS visits,
    COALESCE(v.failed_visits, 0) AS failed_visits,
    COALESCE(v.rejected, 0) AS rejected_items,
    COALESCE(n.documents, 0) AS documents,
    n.first_day,
    n.last_day
FROM sources AS s
LEFT JOIN (
    SELECT
        source_id,
        COUNT(*) AS visits,
        SUM(CASE WHEN outcome IN ('stored', 'empty', 'not_modified') THEN 0 ELSE 1 END) AS failed_visits,
        SUM(rejected) AS rejected
    FROM fetches
    GROUP BY source_id
) AS v ON v.source_id = s.id
LEFT JOIN (
    SELECT source_id, COUNT(*) AS documents, MIN(counted_on) AS first_day, MAX(counted_on) AS last_day
    FROM documents
    GROUP BY source_id
) AS n ON n.source_id = s.id
