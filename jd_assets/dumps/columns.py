"""The names that boards and scrapers give their columns, for boards without an entry of their own.

What belongs here: the words. What does not: choosing among them (`boards`). Names are compared without case, spaces and
punctuation; dots go into nested objects. The first name that a dump has, with values in it, is taken.
"""

from __future__ import annotations

FIELDS = (
    "key",
    "title",
    "company",
    "location",
    "description",
    "skills",
    "url",
    "posted_at",
    "employment_type",
    "salary",
    "experience",
    "remote",
    "category",
)

# In order of preference; a name with "+" is several columns together.
NAMES: dict[str, list[str]] = {
    "key": """
        uniq_id job_id jobid posting_id job_posting_id requisition_id req_id jobreqid reference ref_nr external_id
        slug guid uuid identifier.value identifier _id id objectid
    """.split(),
    "title": """
        job_title jobtitle title position_title positiontitle job_name jobname role_title designation job_role
        jobrole position role roles job_position headline vacancy vacancy_title name subject
    """.split(),
    "company": """
        company company_name companyname companies employer employer_name employername hiringorganization.name
        hiringorganization.organizationname hiring_organization organization organisation organization_name
        company.name company.display_name company.title employer.name advertiser.name hiring_company client
    """.split(),
    "location": """
        location locations job_location joblocation location_name location_display formatted_location
        location.display_name location.name
        joblocation.address.addresslocality+joblocation.address.addressregion+joblocation.address.addresscountry
        joblocation.address.locality+joblocation.address.region+joblocation.address.countryname
        job_city+job_state+job_country city+state+country city+region+country city+country city state place
        candidate_required_location workplace region country
    """.split(),
    "description": """
        job_description jobdescription description_text description full_description descriptionhtml
        description_html job_desc jobdesc jd_text jd job_details details job_summary job_text full_text full_html
        html body content text summary desc responsibilities+qualifications responsibilities+requirements
        requirements
    """.split(),
    "skills": """
        key_skills keyskills skills required_skills requiredskills skill_set skillset job_skills jobskills
        skills_required tagsandskills tags keywords technologies tech_stack
    """.split(),
    "url": """
        job_url joburl job_link joblink url link links job_posting_url posting_url absolute_url apply_url
        apply_link redirect_url jdurl href sharing_link pageurl
    """.split(),
    "posted_at": """
        date_posted dateposted posted_date postdate post_date posted_at postedat posted_on published_at
        publishedat published publication_date pub_date created_at created_date created postedtime posted dates
        date epoch
    """.split(),
    "employment_type": """
        employment_type employmenttype job_type jobtype contract_type contracttype contract_type+contract_time
        schedule_type formatted_work_type job_employment_type working_hours commitment
    """.split(),
    "salary": """
        salary salary_text salary_range salary_estimate job_salary jobsalary salary_string pay pay_rate
        compensation ctc package basesalary.value.minvalue+basesalary.value.maxvalue salary_min+salary_max
        min_salary+max_salary minsalary+maxsalary
    """.split(),
    "experience": """
        experience experience_text years_of_experience experience_required required_experience experience_range
        exp min_exp+max_exp experience_years_min+experience_years_max minexp+maxexp
        minimumexperience+maximumexperience
    """.split(),
    "remote": """
        work_mode workmode workplace_type workplacetype remote_type work_type_remote remote is_remote
        remote_allowed work_from_home job_is_remote joblocationtype telecommuting
    """.split(),
    "category": """
        category job_category jobcategory category_label categories functional_area functions job_function
        jobfunction function job_func department team occupationalcategory industry sector
    """.split(),
}
