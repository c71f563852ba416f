// Django's select boxes ask by POST (cogov/desk/autocomplete.py): they need the token of the page's form.
"use strict";
{
  const token = () => document.querySelector(".record-form [name=csrfmiddlewaretoken]").value;

  django.jQuery.ajaxPrefilter((options, _original, request) => {
    if (options.type === "POST" && !options.crossDomain) {
      request.setRequestHeader("X-CSRFToken", token());
    }
  });
}
