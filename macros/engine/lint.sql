{#- True while sqlfluff renders the models. The macros that write much then stand for one plain select or
    expression, and a loop over the contract is short (contract_tables): a finding inside what a macro
    wrote would not be reported, and reading thousands of such lines takes minutes. Their SQL is
    proven by building it. -#}
{% macro is_linting() %}
    {%- do return(target.name == 'lint') -%}
{% endmacro %}
