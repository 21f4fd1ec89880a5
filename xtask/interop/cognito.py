"""A user pool in moto, and whether a SCIM connection holds what the pool holds.

    cognito.py fill            make a pool, print its id
    cognito.py change POOL     what administrators do to a pool in a week
    cognito.py verify POOL     compare pool and connection; print how much there is, fail if they differ

AWS is where AWS_ENDPOINT_URL says. The connection is at BASE_URL and opened by ACCESSIQ_TOKEN. What is compared here is
written down anew, not taken from the importer.
"""

import json
import os
import sys
import urllib.request

import boto3

USERS = 134
GROUPS = {"admins": range(0, 5), "staff": range(0, 90), "old": range(3, 9), "idle": range(0)}


def email(number):
    return f"person{number}@acme.example"


def attributes(number, family="Łukasiewicz"):
    values = {"email": email(number), "email_verified": "true", "given_name": f"Zoë {number}", "family_name": family}
    if number % 3 == 0:
        values["phone_number"] = f"+4915112{number:06}"
    return [{"Name": name, "Value": value} for name, value in values.items()]


def fill(aws):
    pool = aws.create_user_pool(PoolName="interop")["UserPool"]["Id"]
    for number in range(USERS):
        add(aws, pool, number)
    aws.admin_disable_user(UserPoolId=pool, Username="user7")
    for name, members in GROUPS.items():
        aws.create_group(UserPoolId=pool, GroupName=name)
        for number in members:
            aws.admin_add_user_to_group(UserPoolId=pool, Username=f"user{number}", GroupName=name)
    print(pool)


def add(aws, pool, number):
    aws.admin_create_user(
        UserPoolId=pool, Username=f"user{number}", UserAttributes=attributes(number), MessageAction="SUPPRESS"
    )


def change(aws, pool):
    for number in (1, 2, 60):
        aws.admin_disable_user(UserPoolId=pool, Username=f"user{number}")
    aws.admin_enable_user(UserPoolId=pool, Username="user7")
    for number in (10, 11, 100):
        aws.admin_update_user_attributes(
            UserPoolId=pool, Username=f"user{number}", UserAttributes=attributes(number, "Müller")
        )
    moved = [{"Name": "email", "Value": "moved@acme.example"}]
    aws.admin_update_user_attributes(UserPoolId=pool, Username="user20", UserAttributes=moved)
    aws.admin_delete_user_attributes(UserPoolId=pool, Username="user30", UserAttributeNames=["phone_number"])
    for number in (4, 88, 133):
        aws.admin_delete_user(UserPoolId=pool, Username=f"user{number}")
    for number in range(USERS, USERS + 6):
        add(aws, pool, number)
    # The same person, deleted and made anew: another sub.
    add(aws, pool, 88)
    for number in (0, 1):
        aws.admin_remove_user_from_group(UserPoolId=pool, Username=f"user{number}", GroupName="admins")
    for number in (50, USERS):
        aws.admin_add_user_to_group(UserPoolId=pool, Username=f"user{number}", GroupName="admins")
    aws.delete_group(UserPoolId=pool, GroupName="old")
    aws.create_group(UserPoolId=pool, GroupName="fresh")
    aws.admin_add_user_to_group(UserPoolId=pool, Username="user50", GroupName="fresh")


def in_pool(aws, pool):
    users, subs = {}, {}
    for page in aws.get_paginator("list_users").paginate(UserPoolId=pool):
        for user in page["Users"]:
            values = {attribute["Name"]: attribute["Value"] for attribute in user["Attributes"]}
            subs[user["Username"]] = values["sub"]
            users[values["sub"]] = {
                "userName": values["email"],
                "active": user["Enabled"],
                "givenName": values["given_name"],
                "familyName": values["family_name"],
                "phone": values.get("phone_number"),
            }
    groups = {}
    for page in aws.get_paginator("list_groups").paginate(UserPoolId=pool):
        for group in page["Groups"]:
            name = group["GroupName"]
            members = aws.get_paginator("list_users_in_group").paginate(UserPoolId=pool, GroupName=name)
            groups[f"{pool}:{name}"] = (name, {subs[user["Username"]] for page in members for user in page["Users"]})
    return users, groups


def scim(path):
    token = os.environ["ACCESSIQ_TOKEN"]
    request = urllib.request.Request(os.environ["BASE_URL"] + path, headers={"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request) as response:
        return json.load(response)


def listed(path):
    resources = []
    while True:
        page = scim(f"{path}?startIndex={len(resources) + 1}&count=50")
        resources += page["Resources"]
        if len(resources) >= page["totalResults"]:
            return resources


def in_connection():
    users, external_ids = {}, {}
    for user in listed("/Users"):
        external_ids[user["id"]] = user["externalId"]
        phones = user.get("phoneNumbers", [])
        users[user["externalId"]] = {
            "userName": user["userName"],
            "active": user["active"],
            "givenName": user["name"]["givenName"],
            "familyName": user["name"]["familyName"],
            "phone": phones[0]["value"] if phones else None,
        }
    groups = {}
    for group in listed("/Groups"):
        members = {external_ids[member["value"]] for member in group.get("members", [])}
        groups[group["externalId"]] = (group["displayName"], members)
    return users, groups


def verify(aws, pool):
    wanted, found = in_pool(aws, pool), in_connection()
    for kind, should_be, is_there in zip(("user", "group"), wanted, found):
        for key in should_be.keys() | is_there.keys():
            if should_be.get(key) != is_there.get(key):
                sys.exit(f"{kind} {key}: should be {should_be.get(key)}, is {is_there.get(key)}")
    users, groups = wanted
    active = sorted(user["userName"] for user in users.values() if user["active"])
    print(json.dumps({"users": len(users), "groups": len(groups), "active": active}))


if __name__ == "__main__":
    command, *arguments = sys.argv[1:]
    {"fill": fill, "change": change, "verify": verify}[command](boto3.client("cognito-idp"), *arguments)
